using System.Diagnostics;
using System.Text;
using JitProxy.Storage.Audit;

namespace JitProxy.Storage.Tests.Audit;

/// <summary>A process that begins executions until it is killed, and tells the number of each on its output once it has begun.</summary>
internal static class AuditChild
{
    public const string Verb = "audit-child";
    public const int JournalSize = 128 * 1024;
    private const int Threads = 3;

    public static string Statement(string user) => $"select * from orders where owner = '{user}'";

    public static Process Start(string path) => Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(AuditChild).Assembly.Location, Verb, path])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    public static int Run(string path)
    {
        using var trail = AuditTrail.Open(path, new AuditOptions { JournalSize = JournalSize }, TimeProvider.System);
        using var output = Console.OpenStandardOutput();
        var gate = new Lock();
        var threads = Enumerable.Range(0, Threads).Select(number => new Thread(() => Begin(trail, $"user{number}", output, gate))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return 0;
    }

    private static void Begin(AuditTrail trail, string user, Stream output, Lock gate)
    {
        var context = TrailFixture.Context(user: user, statement: Statement(user));
        while (true)
        {
            if (!trail.TryBegin(context, [], out var execution, out _))
            {
                Thread.Yield();
                continue;
            }

            lock (gate)
                output.Write(Encoding.ASCII.GetBytes($"{execution.Seq}\n"));
            execution.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok, Rows = 1 });
        }
    }
}
