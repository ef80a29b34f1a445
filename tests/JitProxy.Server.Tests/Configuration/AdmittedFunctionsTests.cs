using JitProxy.Server.Configuration;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Configuration;

[TestFixture]
internal sealed class AdmittedFunctionsTests
{
    private const string Text = """
        servers:
          shop: { engine: postgresql, listen: 127.0.0.1:6432, upstream: { host: db, user: u } }
          books: { engine: mysql, listen: 127.0.0.1:6033, upstream: { host: db, user: u } }
        limits:
          functions: [shop/app.public.full_name, "shop/app.\"a.b\".f", books/library.Score]
        """;

    [Test]
    public void Functions_are_admitted_where_they_are_named()
    {
        using var file = new ConfigurationFile(Text);
        var configuration = file.Load();
        var (functions, shop, books) = (configuration.Limits.Functions, configuration.Servers["shop"], configuration.Servers["books"]);

        Assert.That(functions.On(shop, "app")!("public", "full_name"), Is.True);
        Assert.That(functions.On(shop, "app")!("a.b", "f"), Is.True);
        Assert.That(functions.On(shop, "app")!("public", "Full_Name"), Is.False);
        Assert.That(functions.On(shop, "app")!("other", "full_name"), Is.False);
        Assert.That(functions.On(shop, "other")!("public", "full_name"), Is.False);

        // A statement on one database of MySQL may call a function of another one.
        Assert.That(functions.On(books, "shelf")!("library", "score"), Is.True);
        Assert.That(functions.On(books, "library")!("shelf", "score"), Is.False);
        Assert.That(functions.On(null, "app"), Is.Null);
    }

    [Test]
    public void Nothing_is_admitted_by_default() => Assert.That(LimitsConfiguration.Default.Functions.Names, Is.Empty);

    [TestCase("shop/app.full_name", "is not server/database.schema.function"), TestCase("books/library.a.score", "is not server/database.schema.function")]
    [TestCase("shop", "is not server/database.schema.function"), TestCase("shoop/app.public.f", "unknown server \"shoop\"")]
    public void A_name_that_cannot_be_one_is_a_fault(string name, string expected)
    {
        using var file = new ConfigurationFile(Text.Replace("books/library.Score", name, StringComparison.Ordinal));
        Assert.That(file.Faults().Select(static f => f.ToString()), Has.Some.Contains(expected));
    }
}
