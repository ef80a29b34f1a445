# psycopg 3: the extended protocol, prepares by itself, pipelines, binary results. Connection settings come from PG* variables.
import datetime
import sys

import psycopg
import psycopg.errors

granted, refused, parametrised = sys.argv[1:4]
expected = [(i, f"name{i}", "******", "C****************mple", 1987650000, datetime.date(1960, 1, 1)) for i in (1, 2)]


def check(rows):
    assert rows == expected, rows


def is_refused(cursor, statement, **options):
    try:
        cursor.execute(statement, **options)
    except psycopg.errors.InsufficientPrivilege as e:
        assert "may not run this statement" in e.diag.message_primary, e
        return
    raise AssertionError("ran")


with psycopg.connect("") as connection:
    for _ in range(12):
        check(connection.execute(granted).fetchall())
    assert connection._prepared._names, "psycopg prepares what runs often"
    connection.commit()

    for i in list(range(1, 9)) + [1] * 8:
        rows = connection.execute(parametrised, (i,)).fetchall()
        assert rows == [(i, "******")], rows
    connection.commit()

    for binary in (False, True):
        with connection.cursor(binary=binary) as cursor:
            cursor.execute(granted, prepare=True)
            check(cursor.fetchall())
    connection.commit()

    is_refused(connection.cursor(), refused)
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    connection.rollback()
    check(connection.execute(granted).fetchall())
    connection.commit()

    # Everything in one go, and every answer in its place.
    with connection.pipeline():
        cursors = [connection.execute(granted) for _ in range(20)]
        for cursor in cursors:
            check(cursor.fetchall())
    connection.commit()

    # A refusal in the middle of a pipeline takes what follows it along, up to the next sync.
    try:
        with connection.pipeline() as pipeline:
            check(connection.execute(granted).fetchall())
            connection.execute(refused)
            last = connection.execute(granted)
            pipeline.sync()
            last.fetchall()
            raise AssertionError("ran after a refusal")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.PipelineAborted):
        pass
    connection.rollback()
    check(connection.execute(granted).fetchall())
    connection.commit()

    # A savepoint takes it back.
    with connection.transaction():
        check(connection.execute(granted).fetchall())
        try:
            with connection.transaction():
                connection.execute(refused)
                raise AssertionError("ran")
        except psycopg.errors.InsufficientPrivilege:
            pass
        check(connection.execute(granted).fetchall())

    check(list(connection.cursor().stream(granted)))
    connection.commit()

with psycopg.connect("", autocommit=True) as connection:
    is_refused(connection.cursor(), refused, prepare=True)
    check(connection.execute(granted).fetchall())
    connection.execute("")
    connection.execute("DISCARD ALL")
    check(connection.execute(granted, prepare=False).fetchall())
print("done")
