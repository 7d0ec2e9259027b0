"""Work on its way in: through the exchange, through zip files, under a trainee's own name."""
