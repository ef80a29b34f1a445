using System.Diagnostics;
using JitProxy.Storage.Audit;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>Prints what pages of a seeded store cost: `dotnet JitProxy.Storage.Tests.dll pages FILE`.</summary>
internal static class PageFigures
{
    public const string Verb = "pages";

    private const int Rounds = 5;
    // Long enough for a figure of the whole search; people get their page after a twentieth of it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static int Run(string path)
    {
        var started = Stopwatch.GetTimestamp();
        using var trail = AuditTrail.Open(path, new AuditOptions(), TimeProvider.System);
        Console.WriteLine($"{trail.LastSeq} records; opened in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
        var middle = new DateTimeOffset(2026, 10, 15, 12, 0, 0, TimeSpan.Zero);
        (string Name, AuditFilter Filter)[] filters =
        [
            ("newest", new()),
            ("one of 64 people", new() { User = "user7" }),
            ("a rare person", new() { User = TrailSeed.RareUser }),
            ("nobody", new() { User = "nobody" }),
            ("a grant", new() { Grant = 12 }),
            ("a database", new() { Database = "server1/db4" }),
            ("refused", new() { Events = [AuditEvent.Denied] }),
            ("failed", new() { Outcomes = [AuditOutcome.Error] }),
            ("a text that is everywhere", new() { Text = "customers" }),
            ("a text that is rare", new() { Text = "unicorns" }),
            ("a text that is nowhere", new() { Text = "delete from" }),
            ("one literal", new() { Text = "id = 4999999" }),
            ("an error", new() { Error = "deadlock" }),
            ("a client", new() { Client = "10.0.3.17" }),
            ("many rows", new() { Rows = new(1_000_000, null) }),
            ("an hour in the middle", new() { Since = middle, Until = middle.AddHours(1) }),
            ("what one member may see", new() { Scope = new("user7", static d => d == "server1/db4") }),
            ("nothing, to be found by reading all", new() { User = "user7", Server = "server2", Text = "customers_2 " }),
        ];
        foreach (var (name, filter) in filters)
        {
            Print(name, trail, filter with { Limit = 100, Descending = true });
            Print(name + ", oldest first", trail, filter with { Limit = 100 });
        }

        started = Stopwatch.GetTimestamp();
        var tallies = trail.Tally(new(), middle.AddDays(-60), middle.AddDays(60));
        Console.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalMilliseconds,8:0.0} ms  {tallies.Length} counts of 90 days by hour");
        return 0;
    }

    private static void Print(string name, AuditTrail trail, AuditFilter filter)
    {
        AuditPage page = null!;
        var (wall, processor) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var (started, used) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
            page = trail.ReadPage(filter, Patience);
            wall.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            processor.Add((Process.GetCurrentProcess().TotalProcessorTime - used).TotalMilliseconds);
        }

        wall.Sort();
        processor.Sort();
        var goesOn = page.IsCutShort ? ", goes on" : "";
        Console.WriteLine($"{wall[Rounds / 2],8:0.0} ms (CPU {processor[Rounds / 2],6:0.0})  {page.Records.Length,4} records{goesOn}  {name}");
    }
}
