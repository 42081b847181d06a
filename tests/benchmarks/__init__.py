"""How the wizard feels, measured beside a bare Textual app in the same run: only ratios count."""
