using System.Text;
using JitProxy.Server.Export;
using NUnit.Framework;

namespace JitProxy.Server.Tests.Export;

internal sealed class NumberTextTests
{
    [TestCase("0", "0")]
    [TestCase("-0.10", "-0.10")]
    [TestCase("12345678901234567890.123456789", "12345678901234567890.123456789")]
    [TestCase("1e300", "1e300")]
    [TestCase("-1.5E-07", "-1.5E-07")]
    [TestCase("00042", "42")]
    [TestCase("000", "0")]
    [TestCase("0.5", "0.5")]
    public void A_number_keeps_its_digits(string text, string number)
    {
        Assert.That(NumberText.TryRead(Encoding.ASCII.GetBytes(text), out var read), Is.True);
        Assert.That(Encoding.ASCII.GetString(read), Is.EqualTo(number));
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("NaN")]
    [TestCase("Infinity")]
    [TestCase("1.")]
    [TestCase(".5")]
    [TestCase("-01")]
    [TestCase("1e")]
    [TestCase("1e+")]
    [TestCase("0x10")]
    [TestCase("1); DROP TABLE t; --")]
    [TestCase("1 2")]
    public void Anything_else_is_none(string text) => Assert.That(NumberText.TryRead(Encoding.ASCII.GetBytes(text), out _), Is.False);
}
