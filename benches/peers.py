"""Counts by event_id, SFV and SCL: what DuckDB and Polars are asked beside `mailwhy trace`."""

import sys

QUERY = """
    SELECT event_id,
           regexp_extract(custom_data, 'SFV=([A-Z]+)', 1) AS sfv,
           regexp_extract(custom_data, 'SCL=(-?[0-9]+)', 1) AS scl,
           count(*) AS number
    FROM read_csv(?, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')
    GROUP BY ALL
"""


def with_duckdb(path):
    import duckdb

    return sorted(duckdb.execute(QUERY, [path]).fetchall())


def with_polars(path):
    import polars

    part = polars.col("custom_data").str
    groups = (
        polars.scan_csv(path, infer_schema=False)
        .select(
            "event_id",
            part.extract("SFV=([A-Z]+)", 1).alias("sfv"),
            part.extract("SCL=(-?[0-9]+)", 1).alias("scl"),
        )
        .group_by("event_id", "sfv", "scl")
        .len()
        .collect(engine="streaming")
    )
    return sorted(groups.rows(), key=str)


if __name__ == "__main__":
    peer, path = sys.argv[1:]
    for group in {"duckdb": with_duckdb, "polars": with_polars}[peer](path):
        print(*group, sep="\t")
