using System.Text;
using JitProxy.Policy.Sql;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Sql;

[TestFixture]
internal sealed class CopyReaderTests
{
    [TestCase("copy (select 1) to stdout", "select 1", false, false, '\t', "\\N", false)]
    [TestCase("COPY  ( select a, (b) from t ) TO STDOUT ", "select a, (b) from t ", false, false, '\t', "\\N", false)]
    [TestCase("copy (values (1)) to stdin with csv header", "values (1)", true, true, ',', "", false)]
    [TestCase("copy (with x as (select 1) select * from x) to stdout (format csv, header, delimiter ';', null 'NULL', force_quote *)", "with x as (select 1) select * from x", true, true, ';', "NULL", true)]
    [TestCase("copy (select 1) to stdout with (format 'text', header false, encoding 'UTF-8')", "select 1", false, false, '\t', "\\N", false)]
    [TestCase("copy (select 1) to stdout with delimiter as '|' null as ''", "select 1", false, false, '|', "", false)]
    [TestCase("copy (select 1) to stdout delimiter E'\\t'", "select 1", false, false, '\t', "\\N", false)]
    public void An_export_is_read(string text, string statement, bool isCsv, bool hasHeader, char delimiter, string nullText, bool quotesAll)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.That(CopyReader.TryRead(bytes, out var export, out _), Is.True);

        Assert.That(Encoding.UTF8.GetString(bytes.AsSpan(export!.Statement)), Is.EqualTo(statement));
        Assert.That(export with { Statement = default }, Is.EqualTo(new CopyExport(default, isCsv, hasHeader, (byte)delimiter, nullText, (byte)'"', (byte)'"', quotesAll)));
    }

    [TestCase("copy (select 1) to stdout (format csv, force_quote (a, \"B,c\", \"*\"))", "a|B,c|*")]
    [TestCase("copy (select 1) to stdout csv force quote A, b header", "a|b")]
    public void Columns_to_quote_are_read_as_identifiers(string text, string columns)
    {
        Assert.That(CopyReader.TryRead(Encoding.UTF8.GetBytes(text), out var export, out _), Is.True);
        Assert.That((export!.QuotesAll, string.Join('|', export.Quoted)), Is.EqualTo((false, columns)));
    }

    [Test]
    public void A_binary_export_is_read()
    {
        Assert.That(CopyReader.TryRead("copy (select 1) to stdout with binary"u8, out var export, out _), Is.True);
        Assert.That((export!.IsBinary, export.Format), Is.EqualTo((true, "binary")));
    }

    [TestCase("copy t to stdout", "in parentheses")]
    [TestCase("copy t from stdin", "writes to a table")]
    [TestCase("copy (select 1) to '/tmp/x'", "file or program")]
    [TestCase("copy (select 1) to program 'cat'", "file or program")]
    [TestCase("copy (delete from t returning *) to stdout", "in parentheses")]
    [TestCase("copy (select 1) to stdout (format binary, header)", "no option header in the format binary")]
    [TestCase("copy (select 1) to stdout (quote '|')", "in the format csv only")]
    [TestCase("copy (select 1) to stdout (delimiter 'a')", "cannot be")]
    [TestCase("copy (select 1) to stdout (delimiter '\\')", "cannot be")]
    [TestCase("copy (select 1) to stdout (null E'\\x')", "not supported")]
    [TestCase("copy (select 1) to stdout (null 'a|b', delimiter '|')", "holds the delimiter")]
    [TestCase("copy (select 1) to stdout (format csv, null '\"')", "holds the delimiter or the quote")]
    [TestCase("copy (select 1) to stdout (format csv, quote ',')", "must be different")]
    [TestCase("copy (select 1) to stdout (freeze)", "freeze")]
    [TestCase("copy (select 1) to stdout (force_quote (a))", "in the format csv only")]
    [TestCase("copy (select 1) to stdout (force_quote *)", "in the format csv only")]
    [TestCase("copy (select 1) to stdout (format binary, force_quote (a))", "no option force_quote in the format binary")]
    [TestCase("copy (select 1) to stdout (format csv, force_quote '*')", "not supported")]
    [TestCase("copy (select 1) to stdout (format csv, force_quote)", "not supported")]
    [TestCase("copy (select 1) to stdout (format csv, header (a))", "not supported")]
    [TestCase("copy (select 1) to stdout (format csv, force_null (a))", "not supported")]
    [TestCase("copy (select 1) to stdout (delimiter 'ab')", "not supported")]
    [TestCase("copy (select 1) to stdout (header match)", "not supported")]
    [TestCase("copy (select 1) to stdout (encoding 'latin1')", "not supported")]
    [TestCase("copy (select 1) to stdout (header, header)", "twice")]
    [TestCase("copy (select 1) to stdout; drop table t", "expected the end")]
    [TestCase("select 1", "not a COPY")]
    public void Anything_else_is_told_why_not(string text, string why)
    {
        Assert.That(CopyReader.TryRead(Encoding.UTF8.GetBytes(text), out _, out var told), Is.False);
        Assert.That(told, Does.Contain(why));
    }

    [TestCase("/* x */ COPY t to stdout", true)]
    [TestCase("copying", false)]
    [TestCase("\"copy\"", false)]
    [TestCase("", false)]
    public void A_copy_is_known_by_its_first_word(string text, bool isCopy) => Assert.That(CopyReader.IsCopy(Encoding.UTF8.GetBytes(text)), Is.EqualTo(isCopy));
}
