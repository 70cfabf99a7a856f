"""Programs that end in all the ways that programs end."""
