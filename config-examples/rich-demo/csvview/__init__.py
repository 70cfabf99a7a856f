"""Shows CSV files as tables: sorted, filtered, with the numbers summed up."""
