using JitProxy.Server.Sessions;
using JitProxy.Storage.Audit;
using JitProxy.Wire.MySql;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.MySql;

/// <summary>A reference conversation, broken off at every byte of either direction: nobody hangs, nothing runs twice, and the trail knows an end.</summary>
internal sealed class MySqlCutAnywhereTests
{
    private const string Masked = "SELECT id, ssn FROM customers";
    private const string Secret = "078-05-1120";

    [Test]
    public async Task Client_that_is_lost_at_any_byte_leaves_an_ended_execution([Values] bool isReset)
    {
        var script = Script();
        for (var from = 0; from <= script.Length; from += 8)
            await Task.WhenAll(Enumerable.Range(from, Math.Min(8, script.Length + 1 - from)).Select(size => LoseClientAsync(script[..size], isReset)));
    }

    [Test]
    public async Task Server_that_is_lost_at_any_byte_is_told_to_the_client()
    {
        var size = 0;
        for (var isWhole = false; !isWhole; size++)
            isWhole = await LoseServerAsync(size);

        Assert.That(size, Is.GreaterThan(150));
    }

    private static async Task LoseClientAsync(byte[] sent, bool isReset)
    {
        await using var f = new MySqlSessionFixture();
        var model = Model();
        await f.StartAsync(model);
        await f.GrantAsync(Masked);
        await f.Client.SendBytesAsync(sent);
        if (isReset)
            f.Client.Connection.Abort();
        else
            await f.Client.Connection.Output.CompleteAsync();

        Assert.That(
            await f.EndAsync(),
            Is.AnyOf(SessionEnd.ClientClosed, SessionEnd.ClientTruncated, SessionEnd.ClientLost, SessionEnd.ClientTerminated), $"after {sent.Length} bytes");
        Assert.That(model.Runs, Is.LessThanOrEqualTo(2));
        await AssertAllEndedAsync(f);
    }

    private static async Task<bool> LoseServerAsync(int size)
    {
        await using var f = new MySqlSessionFixture();
        var (model, left, isOpen) = (Model(), size, false);
        await f.StartAsync(command =>
        {
            // What the proxy pins comes before the client; the script begins behind it.
            var answer = model.Answer(command);
            isOpen |= command[0] != (byte)MySqlCommand.Query || !command.AsSpan(1).StartsWith("SET "u8);
            if (!isOpen || answer.Length <= left)
            {
                left -= isOpen ? answer.Length : 0;
                return answer;
            }

            MySqlPackets.SendAsync(f.Upstream.Output, answer[..left], isSliced: false).GetAwaiter().GetResult();
            throw new IOException("the test cut the server off here");
        });
        await f.GrantAsync(Masked);
        await f.Client.SendBytesAsync(Script());

        // A query, a preparation, and what is left of it all.
        var heard = await f.Client.HearAsync();
        var isWhole = false;
        if (heard.EndsWith(" End", StringComparison.Ordinal))
        {
            await MySqlPackets.ReadAsync(f.Client.Connection);
            isWhole = await f.EndAsync() == SessionEnd.ClientTerminated;
        }

        if (!isWhole)
            Assert.That(await f.EndAsync(), Is.EqualTo(SessionEnd.UpstreamLost), $"after {size} bytes");

        Assert.That(f.Client.AllBytes, Does.Not.Contain(Secret), $"after {size} bytes");
        Assert.That(model.Runs, Is.LessThanOrEqualTo(2), "nothing is ever tried again");
        await AssertAllEndedAsync(f);
        return isWhole;
    }

    private static MySqlModel Model() => new MySqlModel().Knows(Masked, MySqlTable.Of("customers", "id:int ssn", $"1,{Secret}"));

    // Both protocols, so that all kinds of packets are among what is cut. The first statement is number 1.
    private static byte[] Script() =>
    [
        .. MySqlSessionClient.BytesOf((o, ref s) => MySqlQuery.Write(o, ref s, MySqlSessionFixture.Usual, "SELECT id, ssn FROM customers"u8)),
        .. MySqlSessionClient.BytesOf((o, ref s) => MySqlTextCommand.Write(o, ref s, MySqlCommand.StmtPrepare, "SELECT id, ssn FROM customers"u8)),
        .. MySqlSessionClient.BytesOf((o, ref s) => MySqlStmtExecute.Write(o, ref s, 1, MySqlCursorKind.None, [])),
        .. MySqlSessionClient.BytesOf((o, ref s) => MySqlStmtCommand.Write(o, ref s, MySqlCommand.StmtClose, 1)),
        .. MySqlSessionClient.BytesOf((o, ref s) => MySqlPlainCommand.Write(o, ref s, MySqlCommand.Quit)),
    ];

    private static async Task AssertAllEndedAsync(MySqlSessionFixture f)
    {
        await f.Trail.FlushAsync();
        var records = f.Records();
        var begun = records.Where(static r => r.Event == AuditEvent.Authorized).Select(static r => r.Seq).ToList();
        var ended = records.Where(static r => r.Event == AuditEvent.Finished).ToList();
        Assert.That(ended.Select(static r => r.Execution!.Value), Is.EquivalentTo(begun), "each has exactly one end");
        Assert.That(ended.Select(static r => r.Outcome), Is.All.AnyOf(AuditOutcome.Ok, AuditOutcome.Unknown, AuditOutcome.Canceled, AuditOutcome.Error));
    }
}
