using System.Text;
using JitProxy.Policy.Redaction;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Redaction;

/// <summary>No literal is left in a statement, and what is no literal stays as written.</summary>
internal sealed class StatementRedactorTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];

    [TestCase("SELECT a FROM t WHERE id = 42 AND n = 'x''y'", "SELECT a FROM t WHERE id = ? AND n = ?")]
    [TestCase("SELECT E'a\\'b', U&'\\0041' UESCAPE '!', B'01', X'1F', N'n'", "SELECT ?, ? UESCAPE ?, ?, ?, ?")]
    [TestCase("SELECT $$a$$, $t$ 'b' $$ $t$, $1, -1.5e3, .5, 0x1F, 1_000", null, Description = "faulty in some release: nothing of it is kept")]
    [TestCase("SELECT $$a$$, $t$ 'b' $$ $t$, $1, -1.5e3, .5", "SELECT ?, ?, $1, -?, ?")]
    [TestCase("SELECT 'a'\n  'b' -- canary\n FROM \"T\"", "SELECT ? FROM \"T\"")]
    [TestCase("/* canary */ SELECT /*+ canary */ 1 /* canary /* nested */ */", " SELECT ?")]
    [TestCase("SELECT interval '1 day', date '2020-01-01', true, null", "SELECT interval ?, date ?, true, null")]
    [TestCase("SELECT\t1\r\n;", "SELECT\t?\r\n;")]
    [TestCase("SELECT 'canary", null)]
    [TestCase("-- canary", null)]
    public void Literals_of_PostgreSQL_and_comments_go(string text, string? redacted) =>
        Assert.That(Redact(text, SqlDialect.PostgreSql), Is.EqualTo(redacted ?? StatementRedactor.Unreadable));

    [TestCase("SELECT `a` FROM t WHERE id = 42 AND n = 'x\\'y' AND m = \"canary\"", "SELECT `a` FROM t WHERE id = ? AND n = ? AND m = ?")]
    [TestCase("SELECT _utf8mb4'a', N'a', x'41', 0x41, b'01', 0b01, 1e5, .5, ?, @v, @@version", "SELECT _utf8mb4?, ?, ?, ?, ?, ?, ?, ?, ?, @v, @@version")]
    [TestCase("SELECT 1 # canary\n, 2 -- canary\n, 3 /* canary */", "SELECT ? , ? , ?")]
    [TestCase("SELECT 'a' 'b', t.1a, 1a FROM t", "SELECT ? ?, t.1a, 1a FROM t")]
    [TestCase("SELECT /*! canary */ 1", null)]
    [TestCase("SELECT \"canary", null)]
    public void Literals_of_MySQL_and_comments_go(string text, string? redacted)
    {
        foreach (var dialect in new[] { SqlDialect.MySql, SqlDialect.MariaDb })
            Assert.That(Redact(text, dialect), Is.EqualTo(redacted ?? StatementRedactor.Unreadable));
    }

    [Test]
    public void Names_in_double_quotes_go_where_nobody_knows_them()
    {
        Assert.That(Redact("SELECT a FROM t WHERE n = \"canary\"", SqlDialect.PostgreSql, hasKnownNames: false), Is.EqualTo("SELECT a FROM t WHERE n = ?"));
        Assert.That(Redact("SELECT `a` FROM t", SqlDialect.MySql, hasKnownNames: false), Is.EqualTo("SELECT `a` FROM t"));
    }

    [Test]
    public void Hashes_tell_equal_literals_and_nothing_else()
    {
        var text = Redact("SELECT 1, '1', 1", SqlDialect.PostgreSql, KeptAs.Hash);
        var hashes = text["SELECT ".Length..].Split(", ");

        Assert.That(hashes, Is.All.Match("^\\{hmac:[0-9a-f]{32}\\}$"));
        Assert.That(hashes[0], Is.EqualTo(hashes[2]).And.Not.EqualTo(hashes[1]));
        Assert.That(Encoding.UTF8.GetString(StatementRedactor.Redact("SELECT 1"u8, SqlDialect.PostgreSql, KeptAs.Hash, new byte[32], true)), Does.Not.Contain(hashes[0]), "the key counts");
    }

    [Test]
    public void Clear_keeps_every_byte()
    {
        byte[] text = [.. "SELECT 1 -- \xff"u8, 0xFF];
        Assert.That(StatementRedactor.Redact(text, SqlDialect.PostgreSql, KeptAs.Clear, Key, true), Is.EqualTo(text));
        Assert.That(Encoding.UTF8.GetString(StatementRedactor.Redact(text, SqlDialect.PostgreSql, KeptAs.Omit, Key, true)), Is.EqualTo(StatementRedactor.Unreadable));
    }

    private static string Redact(string text, SqlDialect dialect, KeptAs kept = KeptAs.Omit, bool hasKnownNames = true) =>
        Encoding.UTF8.GetString(StatementRedactor.Redact(Encoding.UTF8.GetBytes(text), dialect, kept, Key, hasKnownNames));
}
