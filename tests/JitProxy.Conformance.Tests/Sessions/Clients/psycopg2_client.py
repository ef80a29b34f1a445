# psycopg2: libpq's simple protocol, literals put into the text by the client. Connection settings come from PG* variables.
import sys

import psycopg2
import psycopg2.errors
import psycopg2.extensions

granted, refused, prefix = sys.argv[1:4]
expected = [(1, "name1", "******", "C****************mple"), (2, "name2", "******", "C****************mple")]


def check(rows):
    assert [row[:4] for row in rows] == expected, rows
    assert [row[4] for row in rows] == [1987650000, 1987650000], rows
    assert [row[5].isoformat() for row in rows] == ["1960-01-01"] * 2, rows


connection = psycopg2.connect("")
with connection, connection.cursor() as cursor:
    cursor.execute(granted)
    check(cursor.fetchall())
    assert cursor.statusmessage == "SELECT 2", cursor.statusmessage

# The client makes the approved text out of its own template.
with connection, connection.cursor() as cursor:
    cursor.execute(prefix + "%s ORDER BY id", (2,))
    check(cursor.fetchall())

# A refusal fails the transaction, as an error of the server's does.
with connection.cursor() as cursor:
    try:
        cursor.execute(refused)
        raise AssertionError("ran")
    except psycopg2.errors.InsufficientPrivilege as e:
        assert "may not run this statement" in e.diag.message_primary, e
        assert "jitproxy request" in e.diag.message_hint, e
    try:
        cursor.execute(granted)
        raise AssertionError("ran in a failed transaction")
    except psycopg2.errors.InFailedSqlTransaction:
        pass
assert connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR
connection.rollback()

connection.autocommit = True
with connection.cursor() as cursor:
    try:
        cursor.execute(refused)
        raise AssertionError("ran")
    except psycopg2.errors.InsufficientPrivilege:
        pass
    cursor.execute("SELECT 1")
    assert cursor.fetchall() == [(1,)]
    cursor.execute(granted)
    check(cursor.fetchall())

# What pools do between two users of a connection.
connection.reset()
with connection, connection.cursor() as cursor:
    cursor.execute(granted)
    check(cursor.fetchall())
connection.close()
print("done")
