using System.Globalization;
using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Storage.Audit;
using JitProxy.Storage.Grants;
using Microsoft.Data.Sqlite;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>Fills a store with many valid records and grants, to measure with: `dotnet JitProxy.Storage.Tests.dll seed FILE RECORDS GRANTS`.</summary>
internal static class TrailSeed
{
    public const string Verb = "seed";

    /// <summary>The one person with few records: ten in a million.</summary>
    public const string RareUser = "rare";

    private const int Users = 64;
    private const int Databases = 10;
    private const int Statements = 300;
    private static readonly DateTimeOffset Begin = new(2026, 9, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Stretch = TimeSpan.FromDays(90);

    public static int Run(string path, string records, string grants)
    {
        Grants(path, int.Parse(grants, CultureInfo.InvariantCulture));
        Records(path, long.Parse(records, CultureInfo.InvariantCulture));
        return 0;
    }

    /// <summary>Writes that many records, give or take one, over ninety days.</summary>
    public static void Records(string path, long count)
    {
        var clock = new SteppingClock(Begin, TimeSpan.FromTicks(Stretch.Ticks / Math.Max(1, count)));
        using var trail = AuditTrail.Open(path, new AuditOptions { StallLimit = TimeSpan.FromMinutes(1) }, clock);
        var contexts = Enumerable.Range(0, Statements).Select(Context).ToArray();
        var rare = new StatementContext(
            new ContextNames(RareUser, null, "10.9.9.9:4000", "server0", "server0/db0"), 1, "SELECT * FROM unicorns WHERE horn = 'golden'"u8, default);
        for (var index = 0L; trail.LastSeq < count; index++)
        {
            if (index % 20 == 19)
                Record(trail, Denied(index));
            else if (index % 200 == 0)
                Record(trail, new AuditRecord { Event = AuditEvent.Login, User = User(index), Client = Client(index), Server = "server0", Database = "server0/db0" });
            else
                Execute(trail, index % 200_000 == 150_001 ? rare : contexts[index * 7 % Statements], index);
        }

        trail.FlushAsync().GetAwaiter().GetResult();
    }

    /// <summary>Adds that many grants: of every status, for the same people and databases.</summary>
    public static void Grants(string path, int count)
    {
        Store.Open(path, TimeProvider.System).Dispose();
        using var connection = new StoreConnection(new SqliteConnection($"Data Source={path};Pooling=False").Opened(), path);
        var table = new GrantTable(connection, TimeProvider.System);
        connection.Execute("BEGIN");
        for (var number = 1; number <= count; number++)
            table.Add(Grant(table.NextId(), number));
        connection.Execute("COMMIT");
    }

    private static Grant Grant(long id, int number)
    {
        var asked = Begin + (number * TimeSpan.FromMinutes(1));
        var request = new GrantRequest
        {
            User = User(number),
            Project = $"project{number % 5}",
            Databases = [Database(number)],
            Statement = $"SELECT id, total FROM orders WHERE customer = {number}",
            Reason = $"ticket {number}",
            Duration = TimeSpan.FromHours(4),
            Unmask = number % 7 == 0,
            Export = number % 11 == 0,
        };
        var grant = Made(GrantFlow.Request(id, request, [ApprovalStep.OfRole("project-owner")], asked));
        var owner = new Signer("owner", ["project-owner"]);
        return (number % 10) switch
        {
            0 when number % 100 == 0 => grant,
            0 => Made(GrantFlow.Cancel(grant, new Signer(request.User, []), asked.AddHours(1))),
            1 => Made(GrantFlow.Reject(grant, owner, "not like this", asked.AddHours(1))),
            2 => Made(GrantFlow.Revoke(Approved(), owner, "done", asked.AddHours(2))),
            _ => Approved(),
        };

        Grant Approved() => Made(GrantFlow.Approve(grant, owner, new ApprovalTerms("fine"), asked.AddHours(1)));

        static Grant Made(Transition transition) =>
            transition.TryGetGrant(out var made, out var fault) ? made : throw new InvalidOperationException($"no such transition: {fault}");
    }

    private static StatementContext Context(int number)
    {
        var text = $"SELECT id, name, email FROM customers_{number % 30} WHERE region = 'r{number}' AND total > {number * 17} ORDER BY id LIMIT 100";
        var names = new ContextNames(User(number), null, Client(number), $"server{number % 3}", Database(number));
        return new(names, number % 9 == 8 ? null : number + 1, Encoding.UTF8.GetBytes(text), default);
    }

    private static AuditRecord Denied(long index) => new()
    {
        Event = AuditEvent.Denied,
        User = User(index),
        Client = Client(index),
        Server = $"server{index % 3}",
        Database = Database(index),
        Statement = $"SELECT * FROM accounts WHERE id = {index}",
        Outcome = AuditOutcome.Refused,
        Error = "42501 no active grant holds it",
    };

    private static void Execute(AuditTrail trail, StatementContext context, long index)
    {
        Execution? execution;
        while (!trail.TryBegin(context, "\u0001\u000242"u8, out execution, out _))
            Thread.Sleep(1);
        var isFailed = index % 997 == 0;
        execution.Finish(new ExecutionOutcome
        {
            Outcome = isFailed ? AuditOutcome.Error : AuditOutcome.Ok,
            SqlState = isFailed ? "40P01" : null,
            Error = isFailed ? "deadlock detected" : null,
            Rows = index % 100_000 == 1 ? 1_000_000 : index % 100,
            Bytes = index % 100 * 40,
            Masked = index % 3 == 0 ? ["email"] : [],
        });
    }

    private static void Record(AuditTrail trail, AuditRecord record)
    {
        while (!trail.TryRecord(record, out _, out _))
            Thread.Sleep(1);
    }

    private static string User(long number) => $"user{number % Users}";

    private static string Client(long number) => $"10.0.{number % 7}.{number % 250}:{40_000 + (number % 100)}";

    private static string Database(long number) => $"server{number % 3}/db{number % Databases}";

    private static SqliteConnection Opened(this SqliteConnection connection)
    {
        connection.Open();
        return connection;
    }

    // Every look at the time is a step further.
    private sealed class SteppingClock(DateTimeOffset begin, TimeSpan step) : TimeProvider
    {
        private long _ticks = begin.UtcTicks;

        public override DateTimeOffset GetUtcNow() => new(Interlocked.Add(ref _ticks, step.Ticks), TimeSpan.Zero);
    }
}
