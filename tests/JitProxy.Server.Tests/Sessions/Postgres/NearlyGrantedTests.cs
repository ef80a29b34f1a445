using System.Text;
using JitProxy.Storage.Audit;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Sessions.Postgres;

/// <summary>Texts that are almost the granted one: they run as the approved text, or they do not run and are recorded.</summary>
internal sealed class NearlyGrantedTests
{
    private const string Approved = "SELECT id, note FROM orders WHERE note = 'a b'";
    private const string Failing = "jitproxy refused a statement here";

    private static ServerModel Model() => new ServerModel().Knows(Approved, ModelAnswer.Table("id:23:20002:1 note:25:20002:2", "1,a"));

    [Test]
    public async Task No_byte_of_the_granted_text_can_be_changed_for_another_statement()
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);
        var (ran, refused) = (0, 0);
        foreach (var text in Mutations(Encoding.ASCII.GetBytes(Approved)))
        {
            var heard = await f.Client.Write(o => PgQuery.Write(o, text)).RunAsync();
            if (heard.EndsWith("Done(SELECT 1) Ready(I)", StringComparison.Ordinal))
            {
                ran++;
                continue;
            }

            // Not readable, or not granted; nothing else.
            Assert.That(heard, Is.EqualTo("ERROR(42501) Ready(I)").Or.EqualTo("ERROR(42601) Ready(I)").Or.EqualTo("ERROR(0A000) Ready(I)"), Encoding.UTF8.GetString(text));
            refused++;
        }

        Assert.That(model.Texts, Is.SubsetOf(new[] { Approved, "", "SELECT", Failing }), "the server saw nothing of it but the approved text");
        await f.Trail.FlushAsync();
        Assert.That(f.Records().Count(static r => r.Event == AuditEvent.Denied), Is.EqualTo(refused));
        Assert.That(f.Records().Count(static r => r.Event == AuditEvent.Authorized), Is.EqualTo(ran));
        Assert.That(ran, Is.InRange(20, 200), "letters may change their case, and blanks their number");
        Assert.That(refused, Is.GreaterThan(300));
    }

    [TestCase("select ID, Note from ORDERS where nOTE = 'a b'", true)]
    [TestCase("SELECT  id ,\tnote\r\nFROM orders WHERE note='a b'", true)]
    [TestCase("SELECT id, note FROM orders WHERE note = 'a b' ;", true)]
    [TestCase("/* trace 77 */ SELECT id, note FROM orders WHERE note = 'a b' -- done", true)]
    [TestCase("SELECT id, note FROM orders -- c\rWHERE note = 'a b'", true)]
    [TestCase("SELECT id, note FROM orders WHERE note = 'a  b'", false)]
    [TestCase("SELECT id, note FROM orders WHERE note = 'A b'", false)]
    [TestCase("SELECT id, note FROM orders WHERE note = 'a\rb'", false)]
    [TestCase("SELECT id, note FROM orders WHERE note = E'a b'", false)]
    [TestCase("SELECT id, note FROM \"orders\" WHERE note = 'a b'", false)]
    [TestCase("SELECT id, note\u00a0FROM orders WHERE note = 'a b'", false)]
    [TestCase("SELECT id, note FROM orders WHERE note = \u2019a b\u2019", false)]
    [TestCase("SELECT id, note FROM orders WHERE note = \uff07a b\uff07", false)]
    [TestCase("\ufeffSELECT id, note FROM orders WHERE note = 'a b'", false)]
    [TestCase("SELECT id, note FROM orders WHERE note\u0301 = 'a b'", false)]
    [TestCase("SELECT id, note FROM orders WHERE note = 'a b' /*", false)]
    [TestCase("SELECT id, note FROM orders WHERE note = 'a b';;", true)]
    [TestCase("SELECT id, note FROM orders WHERE note = 'a b' LIMIT 1", false)]
    public async Task Only_what_the_server_does_not_see_may_differ(string text, bool runs)
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);

        Assert.That(await f.Client.Query(text).RunAsync(), runs ? Does.EndWith("Done(SELECT 1) Ready(I)") : Does.Match(@"^ERROR\(42[56]01\) Ready\(I\)$"));
        Assert.That(await f.Client.Parse("", text).Bind("", "").Execute("").Sync().RunAsync(), runs ? Does.EndWith("Done(SELECT 1) Ready(I)") : Does.Match(@"^ERROR\(42[56]01\) Ready\(I\)$"));
        Assert.That(model.Texts, runs ? Is.EqualTo(new[] { Approved }) : Is.Empty);
    }

    // Invalid bytes, overlong forms, halves of pairs: the server and we might read them differently.
    [TestCase("ff")]
    [TestCase("c0a7")]
    [TestCase("c1bf")]
    [TestCase("e08080")]
    [TestCase("eda080")]
    [TestCase("edb080")]
    [TestCase("f4908080")]
    [TestCase("c3")]
    public async Task What_is_not_utf_8_is_refused_before_it_is_looked_up(string bytes)
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);
        byte[] text = [.. Encoding.ASCII.GetBytes(Approved), .. "/*"u8, .. Convert.FromHexString(bytes), .. "*/"u8];

        Assert.That(await f.Client.Write(o => PgQuery.Write(o, text)).RunAsync(), Is.EqualTo("ERROR(42601) Ready(I)"));
        Assert.That(await f.Client.Write(o => PgParse.Write(o, default, text, default)).Sync().RunAsync(), Is.EqualTo("ERROR(42601) Ready(I)"));
        Assert.That(f.Upstream.Heard, Is.Empty);
    }

    [Test]
    public async Task A_second_command_behind_the_granted_one_reaches_nobody([Values] bool isParse)
    {
        var model = Model();
        await using var f = await new SessionFixture().StartAsync(model);
        await f.GrantAsync(Approved);
        const string Both = $"{Approved}; DROP TABLE orders";

        var heard = await (isParse ? f.Client.Parse("", Both).Bind("", "").Execute("").Sync() : f.Client.Query(Both)).RunAsync();
        Assert.That(heard, Does.Contain("ERROR(42").And.EndWith("Ready(I)"));
        Assert.That(model.Texts, Is.SubsetOf(new[] { Approved, Failing }));
    }

    // Every substitution by a neighbour of some kind, every deletion, every insertion.
    private static IEnumerable<byte[]> Mutations(byte[] text)
    {
        foreach (var at in Enumerable.Range(0, text.Length))
        {
            foreach (var other in new[] { (byte)(text[at] ^ 0x20), (byte)(text[at] + 1), (byte)' ', (byte)'\'', (byte)'1' })
            {
                if (other != text[at] && other != 0)
                    yield return [.. text[..at], other, .. text[(at + 1)..]];
            }

            yield return [.. text[..at], .. text[(at + 1)..]];
            foreach (var added in " ;-'x0"u8.ToArray())
                yield return [.. text[..at], added, .. text[at..]];
        }
    }
}
