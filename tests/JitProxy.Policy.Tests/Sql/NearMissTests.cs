using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class NearMissTests
{
    [TestCase("select name from customers where id = 42", "select name from customers where id = 43", "id = 42", "id = 43", 7, 1)]
    [TestCase("select name from customers where id = 42", "select name from customers where id > 42", "where id =", "where id >", 6, 1)]
    [TestCase("select name from customers where id = 42", "select name, ssn from customers where id = 42", "select name from", "select name,", 2, 2)]
    [TestCase("select name from customers where id = 42", "select name from customers where id = 42 limit 5", "= 42 (end)", "= 42 limit", 8, 2)]
    [TestCase("select name from customers where id = 42 limit 5", "select name from customers where id = 42", "= 42 limit", "= 42 (end)", 8, 2)]
    [TestCase("select 1", "select 2", "select 1", "select 2", 1, 1)]
    [TestCase("select a from t where b = 'x'", "select a from t where b = \"x\"", "b = 'x'", "b = \"x\"", 7, 1)]
    [TestCase("select a from t where b = 1 and c = 2", "select z from t where b = 1 and c = 3", "select a", "select z", 1, 2)]
    public void First_differing_token_is_shown_with_its_surroundings(string granted, string offered, string left, string right, int index, int distance) =>
        Assert.That(NearMiss.Find(Form(granted), Form(offered)), Is.EqualTo(new TokenDifference(left, right, index, distance)));

    [TestCase("select 1", "SELECT 1 -- same")]
    [TestCase("select name from customers", "delete from orders where id in (1, 2, 3)")]
    [TestCase("select 1", "insert into t values (1, 2, 3)")]
    [TestCase("", "select 1, 2, 3")]
    public void Equal_or_unlike_statements_have_no_near_miss(string granted, string offered) =>
        Assert.That(NearMiss.Find(Form(granted), Form(offered)), Is.Null);

    [Test]
    public void Nearer_statements_have_the_smaller_distance()
    {
        var offered = Form("select a, b, c, d from t where x = 1 and y = 2 and z = 3");

        var near = NearMiss.Find(Form("select a, b, c, d from t where x = 1 and y = 2 and z = 4"), offered)!.Value;
        var far = NearMiss.Find(Form("select a, b, e, d from t where x = 1 and y = 2 and z = 4"), offered)!.Value;

        Assert.That((near.Distance, far.Distance), Is.EqualTo((1, 2)));
    }

    [Test]
    public void Long_literals_are_cut_around_their_difference()
    {
        var start = new string('a', 500);
        var difference = NearMiss.Find(Form($"select '{start}1{start}'"), Form($"select '{start}2{start}'"))!.Value;

        Assert.That(difference.Granted, Has.Length.LessThan(80).And.Contains("a1a").And.Contains("..."));
        Assert.That(difference.Offered, Has.Length.LessThan(80).And.Contains("a2a"));
    }

    [Test]
    public void Cut_literals_keep_their_characters_whole()
    {
        var start = string.Concat(Enumerable.Repeat("\U0001F600", 100));
        foreach (var shift in new[] { "", "a" })
        {
            var difference = NearMiss.Find(Form($"select '{shift}{start}1{start}'"), Form($"select '{shift}{start}2{start}'"))!.Value;
            Assert.That(difference.Granted, Does.Not.Contain("\uFFFD"));
            Assert.That(() => new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(difference.Granted + difference.Offered), Throws.Nothing);
        }
    }

    [Test]
    public void Long_statements_are_compared_in_bounded_time()
    {
        var granted = Form("select " + string.Join(", ", Enumerable.Range(0, 100_000)));
        var offered = Form("select " + string.Join(", ", Enumerable.Range(0, 100_000).Select(static n => n == 7 ? 8 : n == 99_990 ? 0 : n)));

        Assert.That(NearMiss.Find(granted, offered), Is.EqualTo(new TokenDifference("6, 7", "6, 8", 15, 2)));
    }

    [Test]
    public void Distance_is_the_edit_distance_up_to_the_limit()
    {
        var random = new Random(11);
        for (var round = 0; round < 3000; round++)
        {
            var granted = Enumerable.Range(0, random.Next(3, 30)).Select(_ => random.Next(3)).ToList();
            var offered = granted.Select(n => random.Next(6) == 0 ? random.Next(3) : n).Skip(random.Next(2)).Concat(Enumerable.Repeat(1, random.Next(3))).ToList();
            var limit = Math.Clamp(Math.Min(granted.Count, offered.Count) / 3, 1, 8);
            var expected = EditDistance(granted, offered);
            var found = NearMiss.Find(Form(string.Join(' ', granted)), Form(string.Join(' ', offered)));

            Assert.That(found?.Distance, Is.EqualTo(expected == 0 || expected > limit ? null : (int?)expected), $"{string.Join(' ', granted)} / {string.Join(' ', offered)}");
        }
    }

    private static int EditDistance(List<int> left, List<int> right)
    {
        var table = new int[left.Count + 1, right.Count + 1];
        for (var i = 0; i <= left.Count; i++)
        {
            for (var j = 0; j <= right.Count; j++)
            {
                table[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(table[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1), 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
            }
        }

        return table[left.Count, right.Count];
    }

    private static NormalForm Form(string text) =>
        NormalForm.TryCreate(Encoding.UTF8.GetBytes(text), SqlDialect.PostgreSql, out var form, out _, out _) ? form : throw new ArgumentException(text);
}
