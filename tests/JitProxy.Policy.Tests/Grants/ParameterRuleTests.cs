using System.Text;
using JitProxy.Policy.Grants;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Grants;

/// <summary>Rules for parameters: how they are written, and what they allow.</summary>
[TestFixture]
internal sealed class ParameterRuleTests
{
    [TestCase("1=int:1..100", "1", true)]
    [TestCase("1=int:1..100", "100", true)]
    [TestCase("1=int:1..100", "+7", true)]
    [TestCase("1=int:1..100", "0", false)]
    [TestCase("1=int:1..100", "101", false)]
    [TestCase("1=int:1..100", "", false)]
    [TestCase("1=int:1..100", " 5", false)]
    [TestCase("1=int:1..100", "5 ", false)]
    [TestCase("1=int:1..100", "5.0", false)]
    [TestCase("1=int:1..100", "5 or true", false)]
    [TestCase("1=int:1..100", "99999999999999999999999999", false)]
    [TestCase("1=int:-5..-1", "-3", true)]
    [TestCase("1=int:10..", "9223372036854775807", true)]
    [TestCase("1=int:..10", "-9223372036854775808", true)]
    [TestCase("1=int:7", "7", true)]
    [TestCase("1=int:7", "8", false)]
    [TestCase("2=text:in(open,closed)", "open", true)]
    [TestCase("2=text:in(open,closed)", "closed", true)]
    [TestCase("2=text:in(open,closed)", "Open", false)]
    [TestCase("2=text:in(open,closed)", "open,closed", false)]
    [TestCase("2=text:in()", "", true)]
    [TestCase("3=42", "42", true)]
    [TestCase("3=42", "042", false)]
    [TestCase("3=a=b", "a=b", true)]
    [TestCase("3=", "", true)]
    [TestCase("3=", "x", false)]
    public void A_value_is_allowed_or_not(string text, string value, bool allowed)
    {
        Assert.That(ParameterRule.TryParse(text, out var rule), Is.True);
        Assert.That(rule!.Allows(Encoding.UTF8.GetBytes(value)), Is.EqualTo(allowed));
        Assert.That(rule.Index, Is.EqualTo(text[0] - '0'));
    }

    [TestCase("")]
    [TestCase("1")]
    [TestCase("int:1..2")]
    [TestCase("0=1")]
    [TestCase("-1=1")]
    [TestCase("65536=1")]
    [TestCase("1=int:")]
    [TestCase("1=int:..")]
    [TestCase("1=int:2..1")]
    [TestCase("1=int:a..b")]
    [TestCase("1=int:1...2")]
    [TestCase("1=text:a")]
    [TestCase("1=text:in(a")]
    [TestCase("1=a\0b")]
    public void What_is_no_rule_is_refused(string text) => Assert.That(ParameterRule.TryParse(text, out _), Is.False);
}
