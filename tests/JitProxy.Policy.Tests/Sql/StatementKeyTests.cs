using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class StatementKeyTests
{
    [Test]
    public void Same_statement_of_the_same_user_in_the_same_place_has_the_same_key()
    {
        var key = Key("alice", "shop/app", "public", "select 1");

        Assert.That(Key("alice", "shop/app", "public", "SELECT /* one */ 1;"), Is.EqualTo(key));
        Assert.That(Key("alice", "shop/app", "public", "SELECT 1").GetHashCode(), Is.EqualTo(key.GetHashCode()));
        Assert.That(key == default, Is.False);
        Assert.That(key.ToString(), Does.Match("^[0-9a-f]{64}$"));
    }

    [TestCase("bob", "shop/app", "public", "select 1")]
    [TestCase("alice", "shop/report", "public", "select 1")]
    [TestCase("alice", "shop/app", "sales", "select 1")]
    [TestCase("alice", "shop/app", "public", "select 2")]
    [TestCase("Alice", "shop/app", "public", "select 1")]
    [TestCase("aliceshop", "/app", "public", "select 1")]
    [TestCase("alice", "shop/apppublic", "", "select 1")]
    [TestCase("alice", "shop/app", "public", "")]
    public void Any_other_part_makes_another_key(string user, string database, string schema, string text) =>
        Assert.That(Key(user, database, schema, text), Is.Not.EqualTo(Key("alice", "shop/app", "public", "select 1")));

    [Test]
    public void Names_with_different_broken_surrogates_are_different() =>
        Assert.That(Key("\uD800", "d", "s", "select 1"), Is.Not.EqualTo(Key("\uD801", "d", "s", "select 1")));

    [Test]
    public void Dialect_is_part_of_the_key()
    {
        var form = Form("select 1");

        Assert.That(
            StatementKey.Compute(SqlDialect.MySql, "a", "d", "s", form),
            Is.Not.EqualTo(StatementKey.Compute(SqlDialect.PostgreSql, "a", "d", "s", form)));
    }

    [Test]
    public void Key_is_stable_across_versions_because_stores_keep_it() =>
        Assert.That(Key("alice", "shop/app", "public", "select 1").ToString(), Is.EqualTo("cdfdbaa00b80530ea0b0a3f508afea57d753fc87405902e34043833dfe53f794"));

    [Test]
    public void Long_statements_have_keys_too()
    {
        var text = "select " + new string('x', 100_000);

        Assert.That(Key("a", "d", "s", text), Is.EqualTo(Key("a", "d", "s", text + " ")));
        Assert.That(Key("a", "d", "s", text), Is.Not.EqualTo(Key("a", "d", "s", text + "x")));
    }

    private static StatementKey Key(string user, string database, string schema, string text) =>
        StatementKey.Compute(SqlDialect.PostgreSql, user, database, schema, Form(text));

    private static NormalForm Form(string text) =>
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.PostgreSql, out var form, out _, out _) ? form : throw new ArgumentException(text);
}
