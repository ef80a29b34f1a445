using System.Text;
using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>psql at a terminal asks the server what a started word could become.</summary>
[TestFixture]
internal sealed class CompletionTests
{
    [TestCase("SELECT * FROM custo", "customers")]
    [TestCase("\\d peop", "people")]
    [TestCase("SELECT * FROM customers WHERE sala", "salary")]
    public async Task Tabulator_completes_and_the_session_goes_on(string typed, string expected)
    {
        // script(1) gives psql a terminal.
        var environment = new Dictionary<string, string>(Shared.Proxy.ClientEnvironment) { ["PAGER"] = "cat", ["TERM"] = "dumb" };
        using var psql = ProcessRun.Start("script", ["-qec", "psql -X", "/dev/null"], environment);
        using var slow = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await ReadUntilAsync(psql.StandardOutput, "app=> ", slow.Token);
        await psql.StandardInput.WriteAsync(typed + "\t");
        await psql.StandardInput.FlushAsync(slow.Token);
        await ReadUntilAsync(psql.StandardOutput, expected, slow.Token);

        // Clears the line, and goes on.
        await psql.StandardInput.WriteAsync("\u0015SELECT 'still' || ' here';\n\\q\n");
        await psql.StandardInput.FlushAsync(slow.Token);
        await ReadUntilAsync(psql.StandardOutput, "still here", slow.Token);
        await psql.WaitForExitAsync(slow.Token);
    }

    private static async Task ReadUntilAsync(StreamReader output, string expected, CancellationToken stop)
    {
        var read = new StringBuilder();
        var buffer = new char[256];
        while (!read.ToString().Contains(expected, StringComparison.Ordinal))
        {
            try
            {
                var count = await output.ReadAsync(buffer, stop);
                Assert.That(count, Is.Positive, $"psql ended without {expected}: {read}");
                read.Append(buffer, 0, count);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"never saw {expected}: {read}");
            }
        }
    }
}
