using System.Globalization;
using System.Text;
using JitProxy.Server.Sessions;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>Payloads around the sizes at which packets are split, both ways, and results of more packets than there are numbers.</summary>
internal sealed class MySqlLargeTests
{
    private const string Limits = "{ result_size: 200MiB, frame_size: 64MiB, rows: 100000 }";
    private const string Secret = "078-05-1120";
    private static readonly int[] Sizes = [0xFF_FFFE, 0xFF_FFFF, 0x100_0000, 0x1FF_FFFE];

    [Test]
    public async Task Row_of_any_size_comes_masked([ValueSource(nameof(Sizes))] int size, [Values] bool isPrepared, [Values] bool isMaskedFirst)
    {
        // A length of 4 bytes, or of 9; the masked value with its length; and what binary rows begin with.
        var rest = (size > 0xFF_FFFF + 16 ? 9 : 4) + 1 + Secret.Length + (isPrepared ? 2 : 0);
        var large = new string('n', size - rest);
        var statement = isMaskedFirst ? "SELECT ssn, name FROM customers" : "SELECT name, ssn FROM customers";
        var table = isMaskedFirst ? MySqlTable.Of("customers", "ssn name", $"{Secret},{large}", $"{Secret},b") : MySqlTable.Of("customers", "name ssn", $"{large},{Secret}", $"b,{Secret}");
        await using var f = new MySqlSessionFixture(Limits);
        await f.StartAsync(new MySqlModel().Knows(statement, table));
        await f.GrantAsync(statement);
        if (isPrepared)
            await f.Client.PrepareAsync(statement);

        var heard = isPrepared ? await f.Client.ExecuteAsync() : await f.Client.QueryAsync(statement);
        var shown = string.Create(CultureInfo.InvariantCulture, $"nnn...{large.Length}");
        Assert.That(heard, Is.EqualTo(isMaskedFirst ? $"Shape(ssn,name) Row(******,{shown}) Row(******,b) End" : $"Shape(name,ssn) Row({shown},******) Row(b,******) End"));
        Assert.That(await f.Client.RunAsync(0x0E), Is.EqualTo("OK"));
    }

    [Test]
    public async Task Large_value_that_is_masked_is_gone_whole([Values] bool isPrepared)
    {
        const string statement = "SELECT ssn, id FROM customers";
        await using var f = new MySqlSessionFixture(Limits);
        await f.StartAsync(new MySqlModel().Knows(statement, MySqlTable.Of("customers", "ssn id", $"{new string('s', 0x100_0000)},7")));
        await f.GrantAsync(statement);
        if (isPrepared)
            await f.Client.PrepareAsync(statement);

        Assert.That(isPrepared ? await f.Client.ExecuteAsync() : await f.Client.QueryAsync(statement), Is.EqualTo("Shape(ssn,id) Row(******,7) End"));
        Assert.That(f.Client.AllBytes, Does.Not.Contain("ssss"));
    }

    [Test]
    public async Task Execution_of_any_size_arrives([ValueSource(nameof(Sizes))] int size)
    {
        const string statement = "SELECT id, note FROM orders WHERE note = ?";
        var model = new MySqlModel().Knows(statement, MySqlTable.Of("orders", "id:int note", "1,a"));
        await using var f = new MySqlSessionFixture(Limits);
        await f.StartAsync(model);
        await f.GrantAsync(statement);
        await f.Client.PrepareAsync(statement);

        // Command, number, flags, count, NULL bits, mark and one type; then the value with its length.
        var value = new string('v', size - 14 - (size > 0xFF_FFFF + 16 ? 9 : 4));
        Assert.That(await f.Client.ExecuteAsync(value), Is.EqualTo("Shape(id,note) Row(1,a) End"));
        Assert.That(model.LastSize, Is.EqualTo(size), "the server gets what the client sent");
        Assert.That(await f.Client.ExecuteAsync("v"), Is.EqualTo("Shape(id,note) Row(1,a) End"));
    }

    [Test]
    public async Task Command_above_the_limit_is_refused_before_it_is_held()
    {
        await using var f = new MySqlSessionFixture();
        await f.StartAsync(new MySqlModel());
        var sending = f.Client.Write(f.Client.QueryOf($"SELECT '{new string('x', 0x110_0000)}'")).SendAsync();
        Assert.That(await f.Client.HearAsync(), Is.EqualTo("ERROR(1153)"));
        Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.ClientViolation));
        f.Client.Connection.Abort();
        await Task.WhenAny(sending);
    }

    [Test]
    public async Task Packets_of_a_long_result_are_numbered_around([Values] bool isPrepared)
    {
        const string statement = "SELECT id, ssn FROM customers";
        var rows = Enumerable.Range(0, 700).Select(static i => string.Create(CultureInfo.InvariantCulture, $"{i},{Secret}")).ToArray();
        await using var f = new MySqlSessionFixture(Limits);
        await f.StartAsync(new MySqlModel().Knows(statement, MySqlTable.Of("customers", "id:int ssn", rows)));
        await f.GrantAsync(statement);
        if (isPrepared)
            await f.Client.PrepareAsync(statement);

        var heard = isPrepared ? await f.Client.ExecuteAsync() : await f.Client.QueryAsync(statement);
        Assert.That(heard, Does.StartWith("Shape(id,ssn) Row(0,******)").And.EndWith("Row(699,******) End"));
    }

    [Test]
    public async Task Values_sent_ahead_have_a_limit_that_shows_at_the_execution()
    {
        const string statement = "SELECT id, note FROM orders WHERE note = ?";
        await using var f = new MySqlSessionFixture(Limits);
        await f.StartAsync(new MySqlModel().Knows(statement, MySqlTable.Of("orders", "id:int note", "1,a")));
        await f.GrantAsync(statement);
        await f.Client.PrepareAsync(statement);
        var id = f.Client.LastId;
        var piece = Encoding.ASCII.GetBytes(new string('p', 0x90_0000));
        for (var i = 0; i < 8; i++)
            await f.Client.Write((o, ref s) => MySqlStmtSendLongData.Write(o, ref s, id, 0, piece)).SendAsync();

        Assert.That(await f.Client.ExecuteAsync("x"), Is.EqualTo("ERROR(1210)"));
        await f.Client.Write((o, ref s) => MySqlStmtSendLongData.Write(o, ref s, id, 9, "x"u8)).SendAsync();
        Assert.That(await f.Client.ExecuteAsync("x"), Is.EqualTo("ERROR(1210)"), "a parameter that does not exist");
        Assert.That(await f.Client.ExecuteAsync("x"), Does.Contain("Row(1,a)"));
    }
}
