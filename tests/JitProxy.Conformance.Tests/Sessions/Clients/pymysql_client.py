# PyMySQL: the text protocol, literals put into the text by the client. Port, password and authority (for TLS) come from the environment.
import datetime
import decimal
import os
import sys

import pymysql
import pymysql.cursors

granted, refused, prefix = sys.argv[1:4]
expected = tuple(
    (i, f"name{i}", "******", "C****************mple", 1987650000, datetime.date(1960, 1, 1), decimal.Decimal("4987650000")) for i in (1, 2))
authority = os.environ["CLIENT_CA"]
settings = {
    "host": "127.0.0.1", "port": int(os.environ["MYSQL_TCP_PORT"]), "user": "alice", "password": os.environ["MYSQL_PWD"], "database": "app",
    **({"ssl": {"ca": authority}} if authority else {}),
}


def check(rows):
    assert tuple(rows) == expected, rows


def is_refused(cursor):
    try:
        cursor.execute(refused)
        raise AssertionError("ran")
    except pymysql.err.OperationalError as e:
        assert e.args[0] == 1142, e
        assert "may not run this statement" in e.args[1] and "jitproxy request --denied" in e.args[1], e


connection = pymysql.connect(**settings, init_command="SET time_zone = '+00:00'")
assert (connection._secure if hasattr(connection, "_secure") else bool(authority)) == bool(authority)
with connection.cursor() as cursor:
    cursor.execute(granted)
    check(cursor.fetchall())
    types = [column[1] for column in cursor.description]
    assert types == [3, 253, 253, 253, 3, 10, 246], types

    # The client makes the approved text out of its own template.
    cursor.execute(prefix + "%s ORDER BY id", (2,))
    check(cursor.fetchall())
    is_refused(cursor)
    cursor.execute(granted)
    check(cursor.fetchall())

# A transaction goes on after a refusal, as after any error of the server's.
connection.begin()
with connection.cursor() as cursor:
    is_refused(cursor)
    cursor.execute(granted)
    check(cursor.fetchall())
connection.commit()
connection.rollback()
connection.autocommit(True)
assert connection.get_autocommit()

# Rows one by one, and left before the end.
with connection.cursor(pymysql.cursors.SSDictCursor) as cursor:
    cursor.execute(granted)
    assert cursor.fetchone()["ssn"] == "******"
with connection.cursor(pymysql.cursors.DictCursor) as cursor:
    for statement, names in {
        "SHOW FULL TABLES": {"customers", "kinds", "orders", "people"},
        "SHOW FULL COLUMNS FROM orders": {"id", "customer_id", "note"},
        "SHOW INDEX FROM orders": {"orders"},
        "SELECT table_name AS n FROM information_schema.tables WHERE table_schema = DATABASE()": {"customers", "kinds", "orders", "people"},
        "SELECT column_name AS n FROM information_schema.columns WHERE table_schema = 'app' AND table_name = 'orders'": {"id", "customer_id", "note"},
        "SELECT constraint_name AS n FROM information_schema.key_column_usage WHERE table_schema = 'app' AND table_name = 'orders'": {"PRIMARY", "of_customer"},
    }.items():
        cursor.execute(statement)
        assert {next(iter(row.values())) for row in cursor.fetchall()} >= names, statement

connection.select_db("other")
with connection.cursor() as cursor:
    cursor.execute("SELECT DATABASE()")
    assert cursor.fetchall() == (("other",),)
    try:
        cursor.execute(granted)
        raise AssertionError("ran in another database")
    except pymysql.err.OperationalError as e:
        assert "shop/other" in e.args[1], e
connection.select_db("app")
assert all("CANARY" not in str(warning) for warning in connection.show_warnings())
connection.ping(reconnect=False)
connection.close()

connection.ping(reconnect=True)
with connection.cursor() as cursor:
    cursor.execute(granted)
    check(cursor.fetchall())
connection.close()
print("done")
