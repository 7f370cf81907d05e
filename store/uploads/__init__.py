"""What analysts brought along: its register in SQL, its content as Parquet, its streams."""
