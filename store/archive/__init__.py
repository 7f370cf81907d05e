"""The archive of ticks in Parquet files, on a disk or in S3. Importing its modules loads pyarrow: no page does so."""
