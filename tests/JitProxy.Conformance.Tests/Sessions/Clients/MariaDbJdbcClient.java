// MariaDB Connector/J: statements of both protocols, cursors, what tools browse, a pool that resets. Port, password and authority come from the environment.
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.TreeSet;
import org.mariadb.jdbc.MariaDbPoolDataSource;

public final class MariaDbJdbcClient {
    interface Query {
        ResultSet run() throws SQLException;
    }

    private static void require(boolean holds, Object what) {
        if (!holds)
            throw new AssertionError(what);
    }

    private static void checkRow(ResultSet rows, int id) throws SQLException {
        String seen = rows.getInt(1) + rows.getString(2) + rows.getString(3) + rows.getString(4);
        require(seen.equals(id + "name" + id + "******C****************mple"), seen);
        require(rows.getInt(5) == 1987650000 && rows.getObject(5) instanceof Integer, rows.getObject(5));
        require(rows.getObject(6).equals(Date.valueOf("1960-01-01")), rows.getObject(6));
        require(rows.getBigDecimal(7).compareTo(new java.math.BigDecimal("4987650000")) == 0, rows.getObject(7));
    }

    private static void check(ResultSet rows) throws SQLException {
        for (int id = 1; id <= 2; id++) {
            require(rows.next(), "a row is missing");
            checkRow(rows, id);
        }
        require(!rows.next(), "a row too many");
        rows.close();
    }

    private static void isRefused(Query query) {
        try {
            query.run();
        } catch (SQLException e) {
            require(e.getErrorCode() == 1142 && e.getSQLState().equals("42000"), e);
            require(e.getMessage().contains("may not run this statement") && e.getMessage().contains("jitproxy request --denied"), e);
            return;
        }
        throw new AssertionError("ran");
    }

    private static Set<String> names(ResultSet rows, int column) throws SQLException {
        Set<String> names = new TreeSet<>();
        while (rows.next())
            names.add(rows.getString(column));
        return names;
    }

    private static void browse(Connection connection) throws SQLException {
        var data = connection.getMetaData();
        require(names(data.getTables("app", null, "%", null), 3).containsAll(Set.of("customers", "kinds", "orders", "people")), "tables");
        require(names(data.getColumns("app", null, "orders", "%"), 4).equals(Set.of("id", "customer_id", "note")), "columns");
        require(names(data.getIndexInfo("app", null, "orders", false, false), 6).equals(Set.of("PRIMARY", "of_customer")), "indexes");
        require(names(data.getPrimaryKeys("app", null, "orders"), 4).equals(Set.of("id")), "keys");
        require(names(data.getImportedKeys("app", null, "orders"), 8).equals(Set.of("customer_id")), "foreign keys");
        require(names(data.getExportedKeys("app", null, "customers"), 7).equals(Set.of("orders")), "foreign keys of others");
        require(names(data.getCatalogs(), 1).contains("app"), "databases");
        require(names(data.getBestRowIdentifier("app", null, "orders", 1, true), 2).equals(Set.of("id")), "row identifiers");
        for (var rows : new ResultSet[] {
            data.getTableTypes(), data.getSchemas(), data.getTypeInfo(), data.getProcedures("app", null, "%"), data.getProcedureColumns("app", null, "%", "%"),
            data.getFunctions("app", null, "%"), data.getFunctionColumns("app", null, "%", "%"), data.getTablePrivileges("app", null, "%"),
            data.getColumnPrivileges("app", null, "orders", "%"), data.getVersionColumns("app", null, "orders"),
            data.getCrossReference("app", null, "customers", "app", null, "orders") })
            names(rows, 1);
    }

    public static void main(String[] arguments) throws Exception {
        String granted = arguments[0], refused = arguments[1], numbered = arguments[2], authority = System.getenv("CLIENT_CA");
        String url = "jdbc:mariadb://127.0.0.1:" + System.getenv("MYSQL_TCP_PORT") + "/app?user=alice&password=" + System.getenv("MYSQL_PWD")
            + (authority.isEmpty() ? "&allowPublicKeyRetrieval=true" : "&useSsl=true&serverSslCert=" + authority);
        for (boolean isPrepared : new boolean[] { false, true }) {
            try (Connection connection = DriverManager.getConnection(url + "&useServerPrepStmts=" + isPrepared); Statement statement = connection.createStatement()) {
                check(statement.executeQuery(granted));
                isRefused(() -> statement.executeQuery(refused));
                isRefused(() -> connection.prepareStatement(refused).executeQuery());
                require(connection.isValid(5), "valid");
                if (isPrepared) {
                    try (PreparedStatement prepared = connection.prepareStatement(numbered)) {
                        for (int id = 1; id < 9; id++) {
                            prepared.setInt(1, id);
                            ResultSet rows = prepared.executeQuery();
                            require(rows.next(), "no row");
                            checkRow(rows, id);
                        }
                    }
                }
                try (PreparedStatement prepared = connection.prepareStatement(granted)) {
                    prepared.setFetchSize(1);
                    check(prepared.executeQuery());
                }
                try (Statement paged = connection.createStatement()) {
                    paged.setFetchSize(1);
                    check(paged.executeQuery(granted));
                }
                connection.setAutoCommit(false);
                connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                check(statement.executeQuery(granted));
                isRefused(() -> statement.executeQuery(refused));
                var savepoint = connection.setSavepoint("here");
                connection.rollback(savepoint);
                connection.releaseSavepoint(savepoint);
                connection.commit();
                connection.setAutoCommit(true);
                connection.setReadOnly(true);
                browse(connection);
                connection.setCatalog("other");
                require(connection.getCatalog().equals("other"), "database");
                isRefused(() -> statement.executeQuery(granted));
                connection.setCatalog("app");
                check(statement.executeQuery(granted));
                connection.clearWarnings();
            }
        }
        try (var pool = new MariaDbPoolDataSource(url + "&maxPoolSize=2&useResetConnection=true")) {
            for (int i = 0; i < 6; i++) {
                try (Connection connection = pool.getConnection(); Statement statement = connection.createStatement()) {
                    check(statement.executeQuery(granted));
                    isRefused(() -> statement.executeQuery(refused));
                }
            }
        }
        System.out.println("done");
    }
}
