using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using JitProxy.Conformance.Tests.Support;
using JitProxy.Policy.Masking;
using JitProxy.Policy.Sql;
using Npgsql;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Masking;

/// <summary>
/// Analysis, plan and masks against a real server's answers: no way to a masked column shows its values, and none of the server's
/// origin columns contradicts the analysis.
/// </summary>
[TestFixture]
internal sealed class MaskStatementsTests
{
    private static readonly string[] Secrets = ["ANARY", "1990-07", "1234.5", "1235.5", "1236.5", "1237.5", "1238.5", "1239.5"];

    private ThrowAwayPostgres _server = null!;
    private NpgsqlConnection _connection = null!;
    private Catalogue _catalogue = null!;

    private static IEnumerable<string> Statements => File.ReadAllLines(DataFile("statements.sql")).Where(static l => l.Length > 0 && !l.StartsWith("--", StringComparison.Ordinal));

    [OneTimeSetUp]
    public void StartServer()
    {
        _server = ThrowAwayPostgres.Start();
        _connection = new(_server.ConnectionString);
        _connection.Open();
        using (var command = new NpgsqlCommand(File.ReadAllText(DataFile("shop.sql")), _connection))
            command.ExecuteNonQuery();
        _connection.ReloadTypes();
        _catalogue = MaskedShop.Read(_connection);
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        _connection?.Dispose();
        _server?.Dispose();
    }

    [TestCaseSource(nameof(Statements))]
    public void No_masked_value_shows(string statement)
    {
        using var transaction = _connection.BeginTransaction();
        var (shape, rows) = RunInText(statement);
        AssertHidden(statement, shape, rows);

        if (statement.StartsWith("select ", StringComparison.Ordinal) || statement.StartsWith("with ", StringComparison.Ordinal) && !statement.Contains("insert", StringComparison.Ordinal))
        {
            var binary = shape.Select(static c => c with { Format = 1 }).ToArray();
            if (binary.Length > 0 && !statement.Contains("for update", StringComparison.Ordinal))
                AssertHidden(statement, binary, RunInBinary(statement));
        }
    }

    [Test]
    public void Server_would_show_them()
    {
        using var transaction = _connection.BeginTransaction();
        var (_, rows) = RunInText("select * from customers");
        foreach (var secret in Secrets[..3])
            Assert.That(rows.SelectMany(static r => r).OfType<byte[]>().Any(v => Holds(v, secret)), secret);
    }

    private static string DataFile(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Masking", name);

    private static bool Holds(ReadOnlySpan<byte> value, string secret) => value.IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0;

    private void AssertHidden(string statement, ResultColumn[] shape, List<byte[]?[]> rows)
    {
        var analysis = StatementAnalyzer.Analyze(Encoding.UTF8.GetBytes(statement), _catalogue);
        var plan = MaskPlanner.Plan(analysis, shape, _catalogue, MaskedShop.Policy, MaskedShop.Alice);
        Assert.That(plan.Fault, Is.EqualTo(PlanFault.None), plan.FaultDetail);
        foreach (var row in rows)
        {
            for (var i = 0; i < shape.Length; i++)
            {
                if (row[i] is not { } value)
                    continue;

                var seen = new ArrayBufferWriter<byte>();
                if (plan.Columns[i] is not { } mask)
                    seen.Write(value);
                else if (mask.TryMask(value, seen))
                    Assert.That(seen.WrittenSpan.SequenceEqual(value), Is.False, $"column {i + 1} passes unchanged through {mask.Algorithm}");
                foreach (var secret in Secrets)
                    Assert.That(Holds(seen.WrittenSpan, secret), Is.False, $"column {i + 1}: {Encoding.UTF8.GetString(seen.WrittenSpan)}");
            }
        }
    }

    private (ResultColumn[] Shape, List<byte[]?[]> Rows) RunInText(string statement)
    {
        using var command = new NpgsqlCommand(statement, _connection) { AllResultTypesAreUnknown = true };
        using var reader = command.ExecuteReader();
        var shape = reader.GetColumnSchema()
            .Select(static c => new ResultColumn(c.ColumnName, c.TableOID, c.ColumnAttributeNumber ?? 0, c.TypeOID, 0))
            .ToArray();
        var rows = new List<byte[]?[]>();
        while (reader.Read())
            rows.Add([.. Enumerable.Range(0, shape.Length).Select(i => reader.IsDBNull(i) ? null : Encoding.UTF8.GetBytes(reader.GetString(i)))]);
        return (shape, rows);
    }

    // The binary format of COPY: a header, then per row the count of columns, and per column its length and the bytes of its binary format.
    private List<byte[]?[]> RunInBinary(string statement)
    {
        using var copy = _connection.BeginRawBinaryCopy($"COPY ({statement}) TO STDOUT (FORMAT binary)");
        using var all = new MemoryStream();
        copy.CopyTo(all);
        var rest = all.ToArray().AsSpan();
        rest = rest[(15 + 4 + BinaryPrimitives.ReadInt32BigEndian(rest[15..]))..];

        var rows = new List<byte[]?[]>();
        for (int count = Take16(ref rest); count >= 0; count = Take16(ref rest))
        {
            var row = new byte[]?[count];
            for (var i = 0; i < count; i++)
            {
                var size = BinaryPrimitives.ReadInt32BigEndian(rest);
                rest = rest[4..];
                if (size < 0)
                    continue;
                row[i] = rest[..size].ToArray();
                rest = rest[size..];
            }

            rows.Add(row);
        }

        return rows;
    }

    private static short Take16(ref Span<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt16BigEndian(rest);
        rest = rest[2..];
        return value;
    }
}
