using System.Text;
using JitProxy.Storage.Audit;
using Microsoft.Data.Sqlite;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>A trail in a folder of its own, and hands to spoil it with.</summary>
internal sealed class TrailFixture : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jitproxy-audit-");

    public TrailFixture(AuditOptions? options = null)
    {
        Options = options ?? new AuditOptions { JournalSize = 1024 * 1024 };
        Trail = Open();
    }

    public AuditOptions Options { get; set; }

    public string Path => System.IO.Path.Combine(_folder.FullName, "jitproxy.db");

    public AuditTrail Trail { get; private set; }

    public static StatementContext Context(string user = "alice", long? grant = 12, string statement = "select 1", string database = "shop/app") =>
        new(new ContextNames(user, null, "10.0.0.1:5555", "shop", database), grant, Encoding.UTF8.GetBytes(statement), default);

    public AuditTrail Open() => AuditTrail.Open(Path, Options, TimeProvider.System);

    public AuditTrail Reopen()
    {
        Trail.Dispose();
        return Trail = Open();
    }

    public Execution Begin(StatementContext context, ReadOnlySpan<byte> parameters = default)
    {
        Assert.That(Trail.TryBegin(context, parameters, out var execution, out var fault), Is.True, fault);
        return execution!;
    }

    public void Run(StatementContext context, int times = 1)
    {
        for (var index = 0; index < times; index++)
            Begin(context).Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok, Rows = index });
    }

    public long Record(AuditRecord record)
    {
        Assert.That(Trail.TryRecord(record, out var seq, out var fault), Is.True, fault);
        return seq;
    }

    /// <summary>Makes a trail of several blocks, closed, for a test to spoil.</summary>
    public void WriteBlocks(int blocks, int executionsPerBlock)
    {
        for (var block = 0; block < blocks; block++)
        {
            Run(Context(), executionsPerBlock);
            Flush();
        }

        Trail.Dispose();
    }

    public void Flush() => Assert.That(Trail.FlushAsync().GetAwaiter().GetResult(), Is.Null);

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        connection.Open();
        return connection;
    }

    public void Sql(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public T Read<T>(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        reader.Read();
        return reader.GetFieldValue<T>(0);
    }

    public void Dispose()
    {
        Trail.Dispose();
        _folder.Delete(recursive: true);
    }
}
