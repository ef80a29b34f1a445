using System.Text;
using JitProxy.Server.Decide;
using JitProxy.Server.Tests.Decide;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>What COM_STMT_EXECUTE sends for each <c>?</c> is held against what was approved, by the type that it says it has.</summary>
internal sealed class MySqlParameterRuleTests
{
    private const string Approved = "SELECT id, note FROM orders WHERE id = ? AND note = ?";

    [Test]
    public async Task Texts_run_if_they_were_approved()
    {
        await using var f = await StartAsync();
        Assert.That(await f.Client.PrepareAsync(Approved), Is.EqualTo("Prepared(2)"));

        Assert.That(await f.Client.ExecuteAsync("5", "open"), Is.EqualTo("Shape(id,note) Row(1,a) End"));
        foreach (var (id, note) in new (string?, string?)[] { ("101", "open"), ("5", "other"), (null, "open"), ("5", null), ("5 ", "open"), ("5 OR 1", "open") })
        {
            Assert.That(await f.Client.ExecuteAsync(id, note), Is.EqualTo("ERROR(1142)"), $"{id}, {note}");
            Assert.That(f.Client.LastError, Does.Contain("a parameter is not what was approved").And.Contain("another value for parameter"));
        }

        Assert.That(await f.Client.ExecuteAsync("100", "closed"), Does.Contain("Row(1,a)"), "the statement stays usable");
        Assert.That(await f.RecordedAsync(), Has.Exactly(6).StartsWith("Denied"));
    }

    [TestCase(MySqlType.Tiny, false, new byte[] { 5 }, true)]
    [TestCase(MySqlType.Tiny, false, new byte[] { 0x9C }, false, Description = "-100")]
    [TestCase(MySqlType.Tiny, true, new byte[] { 0x9C }, false, Description = "156")]
    [TestCase(MySqlType.Short, false, new byte[] { 100, 0 }, true)]
    [TestCase(MySqlType.Long, false, new byte[] { 101, 0, 0, 0 }, false)]
    [TestCase(MySqlType.Int24, true, new byte[] { 1, 0, 0, 0 }, true)]
    [TestCase(MySqlType.LongLong, false, new byte[] { 100, 0, 0, 0, 0, 0, 0, 0 }, true)]
    [TestCase(MySqlType.LongLong, false, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, false)]
    [TestCase(MySqlType.LongLong, true, new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, false)]
    [TestCase(MySqlType.Double, false, new byte[] { 0, 0, 0, 0, 0, 0, 0x14, 0x40 }, true, Description = "5.0 is 5")]
    [TestCase(MySqlType.Double, false, new byte[] { 0, 0, 0, 0, 0, 0, 0x16, 0x40 }, false, Description = "5.5")]
    [TestCase(MySqlType.Float, false, new byte[] { 0, 0, 0x7F, 0xFF }, false)]
    [TestCase(MySqlType.NewDecimal, false, new byte[] { (byte)'9', (byte)'9' }, true)]
    [TestCase(MySqlType.Blob, false, new byte[] { (byte)'9', (byte)'9' }, true)]
    [TestCase(MySqlType.DateTime, false, new byte[] { 0xE8, 7, 1, 5 }, false)]
    public async Task Numbers_run_if_they_are_in_the_range(MySqlType type, bool isUnsigned, byte[] value, bool runs)
    {
        await using var f = await StartAsync();
        await f.Client.PrepareAsync(Approved);

        var answer = await f.Client.ExecuteAsync(f.Client.LastId, default, new MySqlParameter(new(type, isUnsigned), value), MySqlSessionClient.Text("open"));
        Assert.That(answer, runs ? Does.Contain("Row(1,a)") : Is.EqualTo("ERROR(1142)"));
    }

    [TestCase(MySqlType.Date, "2024-01-05", new byte[] { 0xE8, 7, 1, 5 }, true)]
    [TestCase(MySqlType.Date, "2024-01-06", new byte[] { 0xE8, 7, 1, 5 }, false)]
    [TestCase(MySqlType.Date, "2024-01-05 10:00:00", new byte[] { 0xE8, 7, 1, 5, 10, 0, 0 }, false, Description = "a server takes the day alone from it")]
    [TestCase(MySqlType.DateTime, "2024-01-05 10:00:00", new byte[] { 0xE8, 7, 1, 5, 10, 0, 0 }, true)]
    [TestCase(MySqlType.Time, "-01:02:03", new byte[] { 1, 0, 0, 0, 0, 1, 2, 3 }, true)]
    [TestCase(MySqlType.Time, "-01:02:03", new byte[] { 0, 0, 0, 0, 0, 1, 2, 3 }, false)]
    [TestCase(MySqlType.Time, "26:00:00.000001", new byte[] { 0, 1, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0 }, true)]
    public async Task Days_and_times_run_if_they_are_the_approved_one(MySqlType type, string approved, byte[] value, bool runs)
    {
        await using var f = await StartAsync($"1={approved}", "2=text:in(open,closed)");
        await f.Client.PrepareAsync(Approved);

        var answer = await f.Client.ExecuteAsync(f.Client.LastId, default, new MySqlParameter(new(type, false), value), MySqlSessionClient.Text("open"));
        Assert.That(answer, runs ? Does.Contain("Row(1,a)") : Is.EqualTo("ERROR(1142)"));
    }

    [Test]
    public async Task Values_that_were_sent_ahead_are_checked_and_forgotten([Values("open", "secret")] string note)
    {
        await using var f = await StartAsync();
        await f.Client.PrepareAsync(Approved);
        var id = f.Client.LastId;
        foreach (var piece in new[] { note[..2], note[2..] })
            f.Client.Write((output, ref sequence) => MySqlStmtSendLongData.Write(output, ref sequence, id, 1, Encoding.ASCII.GetBytes(piece)));

        // The second parameter has a type and neither a value nor a mark for NULL.
        byte[] execute = [(byte)MySqlCommand.StmtExecute, (byte)id, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, (byte)MySqlType.Tiny, 0, (byte)MySqlType.VarString, 0, 5];
        f.Client.Write(MySqlSessionClient.Raw(execute));
        await f.Client.SendAsync();
        Assert.That(await f.Client.HearAsync(isBinary: true), note == "open" ? Does.Contain("Row(1,a)") : Is.EqualTo("ERROR(1142)"));
        Assert.That(await f.Client.ExecuteAsync("5", "open"), Does.Contain("Row(1,a)"), "nothing is left of it");
    }

    [Test]
    public async Task Types_that_a_client_leaves_out_are_those_of_before()
    {
        await using var f = await StartAsync();
        await f.Client.PrepareAsync(Approved);
        var id = f.Client.LastId;
        Assert.That(await f.Client.ExecuteAsync(id, default, new(new(MySqlType.Tiny, false), new byte[] { 5 }), MySqlSessionClient.Text("open")), Does.Contain("Row"));

        byte[] again = [(byte)MySqlCommand.StmtExecute, (byte)id, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x85, 4, .. "open"u8];
        Assert.That(await f.Client.RunAsync(again), Is.EqualTo("ERROR(1142)"), "133 as a signed byte is -123");
        again[12] = 6;
        f.Client.Write(MySqlSessionClient.Raw(again));
        await f.Client.SendAsync();
        Assert.That(await f.Client.HearAsync(isBinary: true), Does.Contain("Row(1,a)"));
    }

    private static async Task<MySqlSessionFixture> StartAsync(params string[] rules)
    {
        var model = new MySqlModel().Knows(Approved, MySqlTable.Of("orders", "id:int note", "1,a"));
        var f = await new MySqlSessionFixture().StartAsync(model);
        var wish = new GrantWish
        {
            Databases = ["shop/app"],
            Statement = Approved,
            Reason = "test",
            Parameters = rules.Length > 0 ? [.. rules] : ["1=int:1..100", "2=text:in(open,closed)"],
        };
        var grant = DeskFixture.Done(await f.Desk.RequestAsync(wish, new("alice"), CancellationToken.None));
        DeskFixture.Done(f.Desk.Approve(grant.Id, new("bob"), Policy.Grants.ApprovalTerms.AsRequested));
        return f;
    }
}
