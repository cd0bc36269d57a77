"""Imports: a CSV file and files in storage become releases, with a report for every row."""
