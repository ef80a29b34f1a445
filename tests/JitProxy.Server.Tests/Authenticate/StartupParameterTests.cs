using System.Text;
using JitProxy.Server.Authenticate;
using JitProxy.Wire.Postgres;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Authenticate;

internal sealed class StartupParameterTests
{
    private static (StartupRequest? Request, StartupRefusal? Refusal) Read(params string[] namesAndValues)
    {
        var packet = ScriptedClient.Startup(PgStartup.Version30, namesAndValues);
        Assert.That(PgStartup.TryParse(packet.AsSpan(4), out var startup), Is.True);
        StartupRequest.TryCreate(startup, out var request, out var refusal);
        return (request, refusal);
    }

    [TestCase("client_encoding", "UTF8")]
    [TestCase("client_encoding", "utf-8")]
    [TestCase("client_encoding", "'utf-8'")]
    [TestCase("client_encoding", "UNICODE")]
    [TestCase("client_encoding", "SQL_ASCII")]
    [TestCase("replication", "false")]
    [TestCase("_pq_.anything", "x")]
    public void Parameter_that_changes_nothing_is_accepted_and_not_kept(string name, string value)
    {
        var (request, refusal) = Read("user", "alice", name, value);
        Assert.That(refusal, Is.Null);
        Assert.That(request!.Settings, Is.Empty);
    }

    [TestCase("application_name", "psql")]
    [TestCase("DateStyle", "ISO, MDY")]
    [TestCase("TimeZone", "Europe/Berlin")]
    [TestCase("extra_float_digits", "2")]
    [TestCase("statement_timeout", "5s")]
    [TestCase("lock_timeout", "1000")]
    [TestCase("idle_in_transaction_session_timeout", "0")]
    [TestCase("geqo", "off")]
    [TestCase("intervalstyle", "iso_8601")]
    [TestCase("bytea_output", "hex")]
    [TestCase("client_min_messages", "warning")]
    [TestCase("default_transaction_read_only", "on")]
    public void Setting_that_a_session_may_choose_is_kept(string name, string value)
    {
        foreach (var given in (string[][])[[name, value], ["options", $"-c {name}={value.Replace(" ", "\\ ", StringComparison.Ordinal)}"]])
        {
            var (request, refusal) = Read(["user", "alice", .. given]);
            Assert.That(refusal, Is.Null);
            Assert.That(request!.Settings, Is.EquivalentTo(new Dictionary<string, string> { [name.ToLowerInvariant()] = value }));
        }
    }

    [TestCase("12", 12L)]
    [TestCase("none", null)]
    public void Grant_may_be_asked_for_at_the_start(string value, long? grant)
    {
        foreach (var given in (string[][])[["jit.grant", value], ["options", $"-c jit.grant={value}"], ["options", $"--jit.grant={value}"]])
        {
            var (request, refusal) = Read(["user", "alice", .. given]);
            Assert.That(refusal, Is.Null);
            Assert.That(request!.Grant, Is.EqualTo(grant));
            Assert.That(request.Settings, Is.Empty, "it is JitProxy's own and never goes upstream");
        }
    }

    [TestCase("jit.grant", "abc", "22023")]
    [TestCase("jit.grant", "0", "22023")]
    [TestCase("search_path", "evil", "42501")]
    [TestCase("SEARCH_PATH", "evil", "42501")]
    [TestCase("role", "postgres", "42501")]
    [TestCase("session_authorization", "postgres", "42501")]
    [TestCase("default_transaction_read_only", "off", "42501")]
    [TestCase("standard_conforming_strings", "off", "42501")]
    [TestCase("client_encoding", "SJIS", "42501")]
    [TestCase("client_encoding", "LATIN1", "42501")]
    [TestCase("replication", "database", "0A000")]
    [TestCase("replication", "true", "0A000")]
    [TestCase("session_preload_libraries", "x", "42501")]
    [TestCase("User", "postgres", "42501")]
    [TestCase("timezone", "UTC\r\nx", "42501")]
    public void Setting_that_a_session_may_not_choose_is_refused_by_name(string name, string value, string code)
    {
        foreach (var given in (string[][])[[name, value], ["options", $"--{name}={value.Replace("\r\n", "\\\r\\\n", StringComparison.Ordinal)}"]])
        {
            var (request, refusal) = Read(["user", "alice", "database", "app", .. given]);
            Assert.That(request, Is.Null);
            Assert.That(refusal!.Reason, Is.EqualTo(LoginRefusal.StartupParameter));
            Assert.That(refusal.Notice.Severity, Is.EqualTo("FATAL"));
            Assert.That(refusal.Notice.Code, Is.EqualTo(code));
            Assert.That(refusal.Notice.Message, Does.Contain(name.ToLowerInvariant()).Or.Contains("replication"));
            Assert.That((refusal.User, refusal.Database), Is.EqualTo(("alice", "app")), "the trail gets to know who");
        }
    }

    [Test]
    public void Options_cannot_smuggle_what_a_parameter_may_not()
    {
        foreach (var options in (string[])["-c geqo=off -c search_path=evil", "-csearch_path=evil", "--search-path=evil", "-c search\\_path=evil", "-d 5", "-c role=x"])
        {
            var (request, refusal) = Read("user", "alice", "options", options);
            Assert.That(request, Is.Null, options);
            Assert.That(refusal!.Reason, Is.EqualTo(LoginRefusal.StartupParameter), options);
        }
    }

    [Test]
    public void Parameter_of_its_own_wins_over_the_same_in_options()
    {
        var (request, _) = Read("user", "alice", "geqo", "on", "options", "-c geqo=off -c lock_timeout=1 -c lock_timeout=2");
        Assert.That(request!.Settings, Is.EquivalentTo(new Dictionary<string, string> { ["geqo"] = "on", ["lock_timeout"] = "2" }));
    }

    [TestCase("a\nb")]
    [TestCase("a\rb")]
    [TestCase("a\u001b[31m")]
    [TestCase("a\u007f")]
    [TestCase("a\u0085b")]
    [TestCase("a\u202eb", Description = "turns the writing direction")]
    [TestCase("a\u2028b")]
    [TestCase("")]
    [TestCase("0123456789012345678901234567890123456789012345678901234567890123", Description = "64 bytes")]
    [TestCase("éééééééééééééééééééééééééééééééé", Description = "64 bytes in 32 letters")]
    public void Name_that_would_not_print_as_it_is_or_is_too_long_is_refused(string name)
    {
        Assert.That(Read("user", name).Refusal!.Reason, Is.EqualTo(LoginRefusal.Name));
        if (name.Length > 0)
            Assert.That(Read("user", "alice", "database", name).Refusal!.Reason, Is.EqualTo(LoginRefusal.Name));
    }

    [TestCase("o'brien")]
    [TestCase("%n%s")]
    [TestCase("a\"b;--")]
    [TestCase("zoë")]
    [TestCase("🐘")]
    [TestCase("012345678901234567890123456789012345678901234567890123456789012", Description = "63 bytes")]
    public void Odd_name_is_only_a_name(string name)
    {
        var (request, _) = Read("user", name, "database", name);
        Assert.That((request!.User, request.Database), Is.EqualTo((name, name)));
    }

    [Test]
    public void No_user_is_refused() => Assert.That(Read("database", "app").Refusal!.Reason, Is.EqualTo(LoginRefusal.Name));

    [TestCase("a\r\nb", "a??b")]
    [TestCase("🐘 app", "🐘 app")]
    [TestCase("012345678901234567890123456789012345678901234567890123456789012345", "012345678901234567890123456789012345678901234567890123456789012")]
    public void Application_name_is_cleaned_instead_of_refused(string given, string kept) =>
        Assert.That(Read("user", "alice", "application_name", given).Request!.Settings["application_name"], Is.EqualTo(kept));

    [Test]
    public void Parameter_that_is_not_utf_8_is_refused()
    {
        byte[] body = [0, 3, 0, 0, .. Encoding.ASCII.GetBytes("user\0al"), 0xff, .. Encoding.ASCII.GetBytes("ce\0\0")];
        Assert.That(PgStartup.TryParse(body, out var startup), Is.True);
        Assert.That(StartupRequest.TryCreate(startup, out _, out var refusal), Is.False);
        Assert.That(refusal!.Notice.Code, Is.EqualTo("22021"));
    }
}
