using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Random conversations against a server that behaves as PostgreSQL does; the seed of a failing one is its argument.</summary>
internal sealed class SessionModelTests
{
    private const string Approved = "SELECT id, note FROM orders";
    private const string Failing = "select 3/0";

    private static readonly string[] Names = ["", "a", "b"];

    private static readonly string[] Texts =
    [
        Approved, "select ID , note from orders -- mine", Failing, "SELECT 1", "BEGIN", "ROLLBACK", "drop table orders", "select ssn from customers",
        "DEALLOCATE a", "DISCARD ALL", "", "SET jit.grant = DEFAULT", "select 'unfinished", "SAVEPOINT s", "ROLLBACK TO s",
    ];

    private static readonly string[] MayGoUpstream =
    [
        Approved, Failing, "SELECT 1", "BEGIN", "ROLLBACK", "DISCARD ALL", "", "SAVEPOINT s", "ROLLBACK TO s", "jitproxy refused a statement here",
        "jitproxy cut a statement off here",
    ];

    [Test]
    public async Task Client_and_server_stay_in_step_whatever_comes([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        var model = new ServerModel()
            .Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a", "2,b", "3,c"))
            .Knows(Failing, new() { Error = "22012" });
        await using var f = await new SessionFixture(seed % 3 == 0 ? "{ rows: 2 }" : "{}").StartAsync(model);
        await f.GrantAsync(Approved);
        await f.GrantAsync(Failing);

        for (var round = 0; round < 12; round++)
        {
            var sent = new List<string>();
            for (var i = random.Next(1, 10); i > 0; i--)
                sent.Add(Say(f.Client, random));

            // How many of the queries are skipped is the server's business; this end tells itself.
            f.Client.Sync().CloseStatement("end").Sync();
            await f.Client.SendAsync();
            var heard = await HearAllAsync(f.Client);

            // A cut-off in a pipeline that goes on in the same transaction cannot be mended, and ends the session.
            if (seed % 3 == 0 && heard[^1] == "closed" && heard[^2] == "FATAL(57014)")
                return;

            Assert.That(heard, Does.Not.Contain("closed").And.Not.Contain("FATAL"), string.Join(' ', sent));
            Assert.That(heard[^1], Is.EqualTo($"Ready({model.Status})"), string.Join(' ', sent) + " => " + string.Join(' ', heard));
            Assert.That(heard.Count(w => w.StartsWith("Ready", StringComparison.Ordinal)), Is.LessThanOrEqualTo(2 + sent.Count(w => w.StartsWith("Query", StringComparison.Ordinal))));
        }

        Assert.That(model.Texts, Is.SubsetOf(MayGoUpstream));
        await f.Client.Query("ROLLBACK").Parse("", "SELECT 1").Bind("", "").Execute("").Sync().RunAsync(2);
        Assert.That(await f.RecordedAsync(), Has.None.StartWith("None"));
    }

    private static string Say(SessionClient client, Random random)
    {
        var name = Names[random.Next(Names.Length)];
        var other = Names[random.Next(Names.Length)];
        var text = Texts[random.Next(Texts.Length)];
        switch (random.Next(12))
        {
            case 0 or 1 or 2:
                client.Parse(name, text);
                return $"Parse {name}={text}";
            case 3 or 4:
                client.Bind(name, other);
                return $"Bind {name}<{other}";
            case 5 or 6:
                var rowsMax = random.Next(3);
                client.Execute(name, rowsMax);
                return $"Execute {name}/{rowsMax}";
            case 7:
                client.DescribePortal(name);
                return "Describe P:" + name;
            case 8:
                client.DescribeStatement(name);
                return "Describe S:" + name;
            case 9:
                client.CloseStatement(name).ClosePortal(other);
                return $"Close {name} {other}";
            case 10:
                client.Query(text);
                return "Query " + text;
            default:
                client.Flush();
                return "Flush";
        }
    }

    /// <summary>Everything up to the answer to the second of the Syncs at the end: CloseComplete between two ReadyForQuery comes from nothing else.</summary>
    private static async Task<List<string>> HearAllAsync(SessionClient client)
    {
        var heard = new List<string>();
        while (heard.Count < 3 || !(heard[^3].StartsWith("Ready", StringComparison.Ordinal) && heard[^2] == "CloseComplete" && heard[^1].StartsWith("Ready", StringComparison.Ordinal)))
        {
            heard.Add(await client.HearOneAsync());
            if (heard[^1] == "closed")
                break;
        }

        return heard;
    }
}
