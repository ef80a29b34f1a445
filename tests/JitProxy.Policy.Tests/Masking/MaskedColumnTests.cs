using JitProxy.Policy.Masking;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Masking;

[TestFixture]
internal sealed class MaskedColumnTests
{
    [TestCase("shop/app.public.customers.ssn", "shop", "app", "public", "customers", "ssn")]
    [TestCase("shop/app.customers.ssn", "shop", "app", "", "customers", "ssn")]
    [TestCase("shop/app.public.Customer List.E-Mail", "shop", "app", "public", "Customer List", "E-Mail")]
    [TestCase("shop/\"my.db\".public.\"a.b\".\"c\"\"d.\"", "shop", "my.db", "public", "a.b", "c\"d.")]
    [TestCase("\"s/1\"/app.a/b.t.c", "s/1", "app", "a/b", "t", "c")]
    public void Name_is_read_and_written_back(string text, string server, string database, string schema, string table, string column)
    {
        Assert.That(MaskedColumn.TryParse(text, out var name, out _));
        Assert.That(name, Is.EqualTo(new MaskedColumn(server, database, schema, table, column)));
        Assert.That(MaskedColumn.TryParse(name.ToString(), out var again, out _));
        Assert.That(again, Is.EqualTo(name));
    }

    [TestCase(""), TestCase("shop"), TestCase("shop/app"), TestCase("shop/app.customers"), TestCase("shop/app.a.b.c.d"), TestCase("shop/app.public.customers.")]
    [TestCase("/app.public.customers.ssn"), TestCase("shop/app..customers.ssn"), TestCase("shop/app.public.customers.\"ssn"), TestCase("shop/app.public.\"a\"b.ssn")]
    [TestCase("shop/app.public.a\"b.ssn"), TestCase("shop/app.public.customers.\"\""), TestCase("app.public.customers.ssn")]
    public void Name_that_is_none_is_refused_with_a_reason(string text)
    {
        Assert.That(MaskedColumn.TryParse(text, out _, out var objection), Is.False);
        Assert.That(objection, Does.Contain($"`{text}`"));
    }
}
