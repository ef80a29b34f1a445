using System.Collections.Immutable;
using System.Diagnostics;
using JitProxy.Storage.Audit;
using NUnit.Framework;

namespace JitProxy.Storage.Tests.Audit;

internal sealed class AuditCostTests
{
    private static readonly ImmutableArray<string> Masked = ["ssn"];

    // The figures are printed for people; machines differ, so only the order of magnitude and the memory are asserted.
    [Test]
    public void An_execution_costs_the_statement_little()
    {
        using var fixture = new TrailFixture(new AuditOptions());
        var context = TrailFixture.Context(statement: "select id, name, email, ssn from customers where id = 42");
        Begin(fixture.Trail, context, 20_000);
        fixture.Flush();

        const int Executions = 50_000;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        var begun = Begin(fixture.Trail, context, Executions);
        var elapsed = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        fixture.Flush();
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;

        var bytes = allocated / Executions;
        TestContext.Out.WriteLine(
            $"per execution (two records): {elapsed.TotalNanoseconds / Executions:0} ns on the statement's thread, {bytes} B allocated, "
            + $"{processor.TotalNanoseconds / Executions:0} ns of all threads; "
            + $"{fixture.Read<long>("SELECT sum(length(body)) FROM audit_block") / fixture.Trail.LastSeq} B of blocks per record");
        Assert.That(begun, Is.EqualTo(Executions));
        Assert.That(bytes, Is.LessThanOrEqualTo(96), "an execution is one object, and nothing else is allocated");
        Assert.That(elapsed.TotalMicroseconds / Executions, Is.LessThan(1000));
    }

    private static int Begin(AuditTrail trail, StatementContext context, int times)
    {
        var begun = 0;
        for (var index = 0; index < times; index++)
        {
            if (!trail.TryBegin(context, "\u0001\u000242"u8, out var execution, out _))
                continue;
            begun++;
            execution.Finish(new ExecutionOutcome { Outcome = AuditOutcome.Ok, Rows = 1, Bytes = 100, Masked = Masked });
        }

        return begun;
    }
}
