using JitProxy.Policy.Approval;
using NUnit.Framework;

namespace JitProxy.Policy.Tests.Approval;

/// <summary>Any text is a condition or a fault inside the text, and any condition evaluates.</summary>
public sealed class ConditionFuzzTests
{
    private static readonly string[] Pieces =
    [
        "request.unmask", "resource.table_name", "statement.tables", "request.time", "request.expiration_days", "true", "false", "\"a\"", "'b'", "r\"(\"", "\"\\n\"",
        "1", "-2.5", "&&", "||", "!", "==", "!=", "<", ">=", "in", "[", "]", "(", ")", ",", ".", "+", ".matches(\"a+\")", ".contains('x')", "timestamp(\"2026-01-01\")",
        "duration(\"1h\")", " ", "\n", "é", "\0", "\"", "\\", "99999999999999999999",
    ];

    [TestCase(1)]
    [TestCase(2)]
    public void Nothing_throws(int seed)
    {
        var random = new Random(seed);
        var empty = new ConditionValues();
        var full = new ConditionValues { TableName = "a", Unmask = true, StatementTables = ["a"], ExpirationDays = long.MaxValue, Time = DateTimeOffset.MaxValue };
        var valid = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Join(random.Next(2) == 0 ? " " : "", Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            if (Condition.TryParse(text, ConditionScope.Approval, out var condition, out var fault))
            {
                valid++;
                condition.Evaluate(empty);
                condition.Evaluate(full);
            }
            else
            {
                Assert.That(fault.Offset, Is.InRange(0, text.Length), text);
                Assert.That(fault.Message, Is.Not.Empty, text);
            }
        }

        Assert.That(valid, Is.GreaterThan(100), "the pieces make conditions now and then");
    }
}
