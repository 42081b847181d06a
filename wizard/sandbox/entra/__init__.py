"""Microsoft Entra ID: the directory, sign-in and tokens (login.microsoftonline.com)."""
