// From the syntax tree of a condition to something that evaluates; names, types and patterns are checked on the way.
using System.Collections.Immutable;

namespace JitProxy.Policy.Approval;

/// <summary>Checks one condition; the first fault ends it.</summary>
internal sealed class ConditionChecker(ConditionScope scope)
{
    /// <summary>What was wrong, once <see cref="Check(ConditionNode)"/> gave null.</summary>
    public ConditionFault Fault { get; private set; }

    /// <summary>The term of a node; null after a fault.</summary>
    public ConditionTerm? Check(ConditionNode node) => node switch
    {
        LiteralNode literal => ConditionTerm.Constant(literal.Type, literal.Value),
        NameNode name => CheckName(name),
        NotNode not => CheckNot(not),
        LogicNode logic => CheckLogic(logic),
        BinaryNode { Operator: "in" } membership => CheckIn(membership),
        BinaryNode { Operator: "+" } sum => CheckSum(sum),
        BinaryNode comparison => CheckComparison(comparison),
        CallNode call => CheckCall(call),
        ListNode list => Fail(list.Offset, "a list stands only after \"in\""),
        _ => Fail(node.Offset, "not understood"),
    };

    /// <summary>The same, where a type is demanded.</summary>
    public ConditionTerm? Check(ConditionNode node, ConditionType type, string what)
    {
        var term = Check(node);
        return term is null || term.Type == type ? term : Fail(node.Offset, $"{what} must be {Words(type)}, not {Words(term.Type)}");
    }

    private ConditionTerm? Fail(int offset, string message)
    {
        Fault = new(offset, message);
        return null;
    }

    private ConditionTerm? CheckName(NameNode name)
    {
        var attribute = ConditionAttributes.Find(name.Name, scope, out var fault);
        return attribute is null ? Fail(name.Offset, fault!) : new(attribute.Type, attribute.Read);
    }

    private ConditionTerm? CheckNot(NotNode not) =>
        Check(not.Operand, ConditionType.Bool, "what follows \"!\"") is { } operand
            ? new(ConditionType.Bool, v => operand.Read(v) is bool known ? !known : null)
            : null;

    // As in CEL, one side that decides makes the other's failure irrelevant.
    private ConditionTerm? CheckLogic(LogicNode logic)
    {
        var operands = new ConditionTerm[logic.Operands.Length];
        for (var i = 0; i < operands.Length; i++)
        {
            if (Check(logic.Operands[i], ConditionType.Bool, logic.IsAnd ? "a side of \"&&\"" : "a side of \"||\"") is not { } operand)
                return null;

            operands[i] = operand;
        }

        var decisive = !logic.IsAnd;
        return new(ConditionType.Bool, v =>
        {
            var failed = false;
            foreach (var operand in operands)
            {
                if (operand.Read(v) is not bool known)
                    failed = true;
                else if (known == decisive)
                    return decisive;
            }

            return failed ? null : !decisive;
        });
    }

    private ConditionTerm? CheckComparison(BinaryNode node)
    {
        if (Check(node.Left) is not { } left || Check(node.Right) is not { } right)
            return null;

        if (left.Type != right.Type)
            return Fail(node.Offset, $"\"{node.Operator}\" compares {Words(left.Type)} with {Words(right.Type)}");

        var isEquality = node.Operator is "==" or "!=";
        if (left.Type == ConditionType.TextList || (left.Type == ConditionType.Bool && !isEquality))
            return Fail(node.Offset, $"\"{node.Operator}\" does not compare {Words(left.Type)} with {Words(left.Type)}");

        Func<int, bool> holds = node.Operator switch
        {
            "==" => static order => order == 0,
            "!=" => static order => order != 0,
            "<" => static order => order < 0,
            "<=" => static order => order <= 0,
            ">" => static order => order > 0,
            _ => static order => order >= 0,
        };
        return new(ConditionType.Bool, v => left.Read(v) is { } a && right.Read(v) is { } b ? holds(Compare(a, b)) : null);
    }

    private ConditionTerm? CheckIn(BinaryNode node)
    {
        if (Check(node.Left) is not { } needle)
            return null;

        if (node.Right is not ListNode list)
        {
            if (Check(node.Right, ConditionType.TextList, "what follows \"in\"") is not { } attribute)
                return null;

            return needle.Type == ConditionType.Text
                ? new(
                    ConditionType.Bool,
                    v => needle.Read(v) is string text && attribute.Read(v) is ImmutableArray<string> texts
                        ? texts.Contains(text, StringComparer.Ordinal)
                        : null)
                : Fail(node.Left.Offset, $"what precedes \"in\" must be a string, not {Words(needle.Type)}");
        }

        var items = new ConditionTerm[list.Items.Length];
        for (var i = 0; i < items.Length; i++)
        {
            if (Check(list.Items[i], needle.Type, "an item of this list") is not { } item)
                return null;

            items[i] = item;
        }

        if (needle.Type == ConditionType.TextList)
            return Fail(node.Offset, "a list is not in a list");

        return new(ConditionType.Bool, v => IsIn(needle.Read(v), items, v));
    }

    private static bool? IsIn(object? needle, ConditionTerm[] items, ConditionValues values)
    {
        if (needle is null)
            return null;

        var failed = false;
        foreach (var item in items)
        {
            var value = item.Read(values);
            if (value is not null && Compare(needle, value) == 0)
                return true;

            failed |= value is null;
        }

        return failed ? null : false;
    }

    private ConditionTerm? CheckSum(BinaryNode node)
    {
        if (Check(node.Left) is not { } left || Check(node.Right) is not { } right)
            return null;

        return (left.Type, right.Type) switch
        {
            (ConditionType.Text, ConditionType.Text) =>
                new(ConditionType.Text, v => left.Read(v) is string a && right.Read(v) is string b ? a + b : null),
            (ConditionType.Number, ConditionType.Number) =>
                new(ConditionType.Number, v => left.Read(v) is decimal a && right.Read(v) is decimal b ? ConditionFunctions.Add(a, b) : null),
            (ConditionType.Time, ConditionType.Duration) =>
                new(ConditionType.Time, v => left.Read(v) is DateTimeOffset a && right.Read(v) is TimeSpan b ? ConditionFunctions.Add(a, b) : null),
            (ConditionType.Duration, ConditionType.Time) =>
                new(ConditionType.Time, v => left.Read(v) is TimeSpan a && right.Read(v) is DateTimeOffset b ? ConditionFunctions.Add(b, a) : null),
            (ConditionType.Duration, ConditionType.Duration) =>
                new(ConditionType.Duration, v => left.Read(v) is TimeSpan a && right.Read(v) is TimeSpan b ? ConditionFunctions.Add(a, b) : null),
            _ => Fail(node.Offset, $"\"+\" does not join {Words(left.Type)} and {Words(right.Type)}"),
        };
    }

    private ConditionTerm? CheckCall(CallNode call)
    {
        var term = ConditionFunctions.Check(this, call, out var fault);
        return term is null && fault is { } f ? Fail(f.Offset, f.Message) : term;
    }

    private static int Compare(object a, object b) =>
        a is string x ? string.CompareOrdinal(x, (string)b) : ((IComparable)a).CompareTo(b);

    internal static string Words(ConditionType type) => type switch
    {
        ConditionType.Bool => "true or false",
        ConditionType.Number => "a number",
        ConditionType.Text => "a string",
        ConditionType.Time => "a time",
        ConditionType.Duration => "a duration",
        ConditionType.TextList => "a list of strings",
    };
}
