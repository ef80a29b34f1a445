using JitProxy.Conformance.Tests.Support;
using MySqlConnector;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sql;

[TestFixture]
internal sealed class MariaDbServerTests
{
    [Test]
    public void Throw_away_server_listens_where_it_is_told_and_leaves_nothing()
    {
        string folder;
        var port = Ports.Free();
        using (var server = ThrowAwayMariaDb.Start(port, "lower-case-table-names=1"))
        {
            server.Execute("create database app", "create user u@'127.0.0.1' identified by 'p'", "grant select on app.* to u@'127.0.0.1'");
            using var connection = new MySqlConnection($"Server=127.0.0.1;Port={port};User ID=u;Password=p;Database=app;Pooling=false");
            connection.Open();
            using var command = new MySqlCommand("select concat(@@lower_case_table_names, @@datadir)", connection);
            folder = Path.GetDirectoryName(((string)command.ExecuteScalar()!).TrimEnd('/'))!;

            Assert.That(folder, Does.StartWith("1/"));
            Assert.That(Directory.Exists(folder[1..]), Is.True);
            Assert.That(server.ReadLog(), Does.Contain("ready for connections"));
        }

        Assert.That(Directory.Exists(folder[1..]), Is.False);
        Assert.That(() => new MySqlConnection($"Server=127.0.0.1;Port={port};User ID=u;Pooling=false").Open(), Throws.InstanceOf<MySqlException>());
    }
}
