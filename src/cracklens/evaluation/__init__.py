"""Takes scores and labels; gives metrics, pictures and score cards."""
