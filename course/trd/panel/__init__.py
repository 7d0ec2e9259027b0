"""What every panel of the course is made of: controls, figures, tables, notices."""
