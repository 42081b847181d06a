"""Help pages: one for each step, made from its own record, and from a passage here where more is worth saying."""
