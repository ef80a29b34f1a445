using System.Data.Common;
using JitProxy.Conformance.Tests.Support;
using NUnit.Framework;

namespace JitProxy.Conformance.Tests.Sessions;

/// <summary>However many sessions try at once, a grant for N executions runs N times.</summary>
[TestFixture(AnyShop.PostgreSql)]
[TestFixture(AnyShop.MariaDb)]
[TestFixture(AnyShop.MySql)]
internal sealed class ExecutionCountTests(string engine)
{
    private const int Sessions = 25;
    private const int RunsEach = 4;

    private AnyDoor _door = null!;

    [OneTimeSetUp]
    public async Task FindAsync() => _door = await AnyDoor.OfAsync(engine);

    [Test]
    public async Task Of_a_hundred_runs_at_once_as_many_succeed_as_were_granted([Values(1, 7)] int granted, [Values] bool isPrepared)
    {
        var statement = $"SELECT count(*) FROM customers WHERE name <> 'spent {granted} {isPrepared}'";
        var grant = await _door.Proxy.GrantAsync(statement, new(Executions: granted));
        var connections = await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => _door.OpenAsync()));
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var runs = connections.Select(TryAllAsync).ToArray();
        start.SetResult();
        var answers = (await Task.WhenAll(runs)).SelectMany(static a => a).ToList();
        foreach (var connection in connections)
            await connection.DisposeAsync();

        Assert.That(answers, Has.Count.EqualTo(100));
        Assert.That(answers.Count(static a => a is null), Is.EqualTo(granted));
        Assert.That(answers.OfType<string>(), Is.All.Contains("as often as it allows"));
        Assert.That((await _door.Proxy.FindAsync(grant)).Executions, Is.EqualTo(granted));
        Assert.That(await _door.Proxy.AuditAsync($"decision=authorized&grant={grant}"), Has.Count.EqualTo(granted));

        async Task<List<string?>> TryAllAsync(DbConnection connection)
        {
            await start.Task;
            var answers = new List<string?>();
            for (var i = 0; i < RunsEach; i++)
            {
                try
                {
                    await AnyDoor.RunAsync(connection, statement, isPrepared);
                    answers.Add(null);
                }
                catch (DbException e) when (AnyDoor.CodeOf(e) is "42501" or "1142")
                {
                    answers.Add(e.Message);
                }
            }

            return answers;
        }
    }

    [Test]
    public async Task A_run_that_the_server_refuses_counts_and_one_that_never_reached_it_does_not()
    {
        const string Divides = "SELECT count(*) FROM customers c WHERE c.id = (SELECT o.id FROM orders o)";
        var grant = await _door.Proxy.GrantAsync(Divides, new(Executions: 1));
        await using var connection = await _door.OpenAsync();
        Assert.That(() => AnyDoor.RunAsync(connection, Divides + " AND c.id > 1"), Throws.InstanceOf<DbException>(), "another statement");
        Assert.That((await _door.Proxy.FindAsync(grant)).Executions, Is.Zero);

        Assert.That(() => AnyDoor.RunAsync(connection, Divides), Throws.InstanceOf<DbException>().With.Message.Contain("the statement failed with"), "the server's own error");
        Assert.That(() => AnyDoor.RunAsync(connection, Divides), Throws.InstanceOf<DbException>().With.Message.Contain("as often as it allows"));
        Assert.That((await _door.Proxy.FindAsync(grant)).Executions, Is.EqualTo(1));
    }
}
