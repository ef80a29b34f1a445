using JitProxy.Conformance.Tests.Support;
using Npgsql;
using NpgsqlTypes;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>Npgsql: binary results, pooled resets, preparation by hand and by itself, batches, cancellation.</summary>
[TestFixture(PostgresRelease.System)]
[TestFixture(PostgresRelease.Eighteen)]
internal sealed class NpgsqlTests(PostgresRelease release) : PostgresReleaseTests(release)
{
    private const string Numbered = "SELECT id, ssn, salary, born, uid, photo, worth, tags, profile FROM customers WHERE id = $1";

    [OneTimeSetUp]
    public Task GrantAsync() => Proxy.GrantAsync(Numbered);

    [Test]
    public async Task Binary_values_of_every_type_are_masked()
    {
        await using var connection = await Proxy.OpenAsync();
        await using var command = new NpgsqlCommand(Numbered, connection) { Parameters = { new() { Value = 3 } } };
        await using var reader = await command.ExecuteReaderAsync();
        Assert.That(await reader.ReadAsync(), Is.True);
        Assert.That(reader.GetString(1), Is.EqualTo("******"));
        Assert.That(reader.GetInt32(2), Is.EqualTo(1987650000));
        Assert.That(reader.GetFieldValue<DateOnly>(3), Is.EqualTo(new DateOnly(1960, 1, 1)));
        Assert.That(reader.IsDBNull(4) || reader.GetGuid(4) != Guid.Parse("7c0ffee7-5ec2-4e7a-8bad-000000000003"), Is.True);
        Assert.That(reader.IsDBNull(5) || !reader.GetFieldValue<byte[]>(5).AsSpan().StartsWith("CANARY"u8), Is.True);
        Assert.That(reader.GetDecimal(6), Is.EqualTo(4987650000m));
        Assert.That(reader.IsDBNull(7) || !string.Concat(reader.GetFieldValue<string[]>(7)).Contains("CANARY", StringComparison.Ordinal), Is.True);
        Assert.That(reader.IsDBNull(8) || !reader.GetString(8).Contains("CANARY", StringComparison.Ordinal), Is.True);
        Assert.That(await reader.ReadAsync(), Is.False);
    }

    [Test]
    public async Task Pooled_connections_are_reset_and_used_again()
    {
        await using var source = NpgsqlDataSource.Create($"{Proxy.ConnectionString};Maximum Pool Size=1");
        for (var i = 0; i < 5; i++)
        {
            await using var connection = await source.OpenConnectionAsync();
            await CheckGrantedAsync(connection);
            await using var set = new NpgsqlCommand("SET application_name = 'mine'", connection);
            await set.ExecuteNonQueryAsync();
            await using var show = new NpgsqlCommand("SHOW application_name", connection);
            Assert.That(await show.ExecuteScalarAsync(), Is.EqualTo("mine"));
        }
    }

    [TestCase("Max Auto Prepare=10;Auto Prepare Min Usages=2")]
    [TestCase("No Reset On Close=true;Max Auto Prepare=10;Auto Prepare Min Usages=2")]
    [TestCase("Multiplexing=true")]
    public async Task Statement_runs_again_and_again(string options)
    {
        await using var source = NpgsqlDataSource.Create($"{Proxy.ConnectionString};Maximum Pool Size=2;{options}");
        for (var i = 1; i < 9; i++)
        {
            await using var one = source.CreateCommand(Numbered);
            one.Parameters.Add(new() { Value = i });
            await using (var reader = await one.ExecuteReaderAsync())
            {
                Assert.That(await reader.ReadAsync(), Is.True);
                Assert.That((reader.GetInt32(0), reader.GetString(1)), Is.EqualTo((i, "******")));
            }

            Assert.That(() => RunAsync(source, Shop.Refused), IsRefusal);
        }
    }

    [Test]
    public async Task Prepared_statement_lives_until_it_is_given_back()
    {
        await using var connection = await Proxy.OpenAsync();
        await using (var command = new NpgsqlCommand(Numbered, connection) { Parameters = { new() { Value = 1 } } })
        {
            await command.PrepareAsync();
            for (var i = 1; i < 9; i++)
            {
                command.Parameters[0].Value = i;
                Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(i));
            }

            await command.UnprepareAsync();
        }

        await using var refused = new NpgsqlCommand(Shop.Refused, connection);
        Assert.That(() => refused.PrepareAsync(), IsRefusal);
        await CheckGrantedAsync(connection);
    }

    [Test]
    public async Task Batch_runs_whole_or_up_to_the_refusal()
    {
        await using var connection = await Proxy.OpenAsync();
        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { new(Shop.Granted), new("SELECT 7"), new(Shop.Granted) } })
        await using (var reader = await batch.ExecuteReaderAsync())
        {
            var rows = new List<int>();
            do
            {
                var count = 0;
                while (await reader.ReadAsync())
                    count++;

                rows.Add(count);
            }
            while (await reader.NextResultAsync());

            Assert.That(rows, Is.EqualTo(new[] { 2, 1, 2 }));
        }

        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { new(Shop.Granted), new(Shop.Refused), new(Shop.Granted) } })
            Assert.That(() => batch.ExecuteNonQueryAsync(), IsRefusal);

        await CheckGrantedAsync(connection);
    }

    [Test]
    public async Task Refusal_fails_the_transaction()
    {
        await using var connection = await Proxy.OpenAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await CheckGrantedAsync(connection);
            await using var refused = new NpgsqlCommand(Shop.Refused, connection);
            Assert.That(() => refused.ExecuteNonQueryAsync(), IsRefusal);
            Assert.That(() => CheckGrantedAsync(connection), Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("25P02"));
            await transaction.RollbackAsync();
        }

        await CheckGrantedAsync(connection);
    }

    [Test]
    public async Task Savepoint_takes_a_refusal_back()
    {
        await using var connection = await Proxy.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await transaction.SaveAsync("before");
        await using var refused = new NpgsqlCommand(Shop.Refused, connection);
        Assert.That(() => refused.ExecuteNonQueryAsync(), IsRefusal);
        await transaction.RollbackAsync("before");
        await CheckGrantedAsync(connection);
        await transaction.CommitAsync();
    }

    [Test]
    public async Task Types_are_loaded_from_the_catalogue()
    {
        await using var connection = await Proxy.OpenAsync();
        await connection.ReloadTypesAsync();
        await using var command = new NpgsqlCommand(Numbered, connection) { Parameters = { new() { Value = 1, NpgsqlDbType = NpgsqlDbType.Integer } } };
        Assert.That(await command.ExecuteScalarAsync(), Is.EqualTo(1));
        var columns = await connection.GetSchemaAsync("Columns", [null, "public", "customers", null]);
        Assert.That(columns.Rows, Has.Count.EqualTo(19));
    }

    private static NUnit.Framework.Constraints.IResolveConstraint IsRefusal => Throws.InstanceOf<PostgresException>().With.Property("SqlState").EqualTo("42501");

    private static async Task RunAsync(NpgsqlDataSource source, string statement)
    {
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task CheckGrantedAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Shop.Granted, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<(int, string, string, int)>();
        while (await reader.ReadAsync())
            rows.Add((reader.GetInt32(0), reader.GetString(2), reader.GetString(3), reader.GetInt32(4)));

        Assert.That(rows, Is.EqualTo(new[] { (1, "******", "C****************mple", 1987650000), (2, "******", "C****************mple", 1987650000) }));
    }
}
