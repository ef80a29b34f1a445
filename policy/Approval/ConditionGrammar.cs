// From the text of a condition to its syntax tree, with Pidgin. Names and types are the checker's business.
using System.Globalization;
using Pidgin;
using static Pidgin.Parser;

namespace JitProxy.Policy.Approval;

/// <summary>The grammar: a subset of CEL's.</summary>
internal static class ConditionGrammar
{
    /// <summary>Characters of the longest condition.</summary>
    public const int LengthMax = 8192;

    /// <summary>Brackets inside brackets. The parser recurses once per bracket, so this bounds its stack.</summary>
    public const int DepthMax = 64;

    private static readonly Parser<char, string> Identifier =
        Map(static (head, tail) => head + tail, Letter.Or(Char('_')), LetterOrDigit.Or(Char('_')).ManyString());

    private static readonly Parser<char, char> Escape = Char('\\').Then(OneOf(
        Char('n').ThenReturn('\n'),
        Char('r').ThenReturn('\r'),
        Char('t').ThenReturn('\t'),
        OneOf('\\', '"', '\'', '`', '?'),
        Char('u').Then(Parser<char>.Token(char.IsAsciiHexDigit).RepeatString(4))
            .Select(static hex => (char)int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture))))
        .Labelled("an escape (\\n \\r \\t \\\\ \\\" \\' \\uXXXX; write r\"...\" for a pattern with backslashes)");

    private static readonly Parser<char, ConditionNode> String = At(OneOf(
        Try(Char('r').Then(Quoted('"', raw: true))),
        Try(Char('r').Then(Quoted('\'', raw: true))),
        Quoted('"', raw: false),
        Quoted('\'', raw: false)).Labelled("a string"),
        static (offset, text) => (ConditionNode)new LiteralNode(offset, text, ConditionType.Text));

    // Twenty digits are more than any attribute has, and fit a decimal.
    private static readonly Parser<char, ConditionNode> Number = At(
        Map(
            static (sign, whole, part) => (sign.HasValue ? "-" : "") + whole + (part.HasValue ? "." + part.Value : ""),
            Char('-').Optional(),
            Digit.AtLeastOnceString().Assert(static digits => digits.Length <= 20, "a number of at most 20 digits"),
            Char('.').Then(Digit.AtLeastOnceString().Assert(static digits => digits.Length <= 8, "at most 8 digits after the point")).Optional())
        .Labelled("a number"),
        static (offset, text) => (ConditionNode)new LiteralNode(offset, decimal.Parse(text, CultureInfo.InvariantCulture), ConditionType.Number));

    private static readonly Parser<char, ConditionNode> Whole =
        SkipWhitespaces.Then(Spaced(Rec(() => Or!))).Before(Parser<char>.End);

    private static readonly Parser<char, IEnumerable<ConditionNode>> Arguments =
        Rec(() => Or!).Separated(Symbol(",")).Between(Symbol("("), Symbol(")"));

    private static readonly Parser<char, ConditionNode> NameOrCall = At(
        Map(static (name, arguments) => (name, arguments), Spaced(Identifier).Labelled("a name"), Arguments.Optional()),
        static (offset, found) => found.arguments.HasValue
            ? new CallNode(offset, found.name, IsMethod: false, [.. found.arguments.Value])
            : found.name switch
            {
                "true" => new LiteralNode(offset, true, ConditionType.Bool),
                "false" => new LiteralNode(offset, false, ConditionType.Bool),
                _ => (ConditionNode)new NameNode(offset, found.name),
            });

    private static readonly Parser<char, ConditionNode> List = At(
        Rec(() => Or!).Separated(Symbol(",")).Between(Symbol("["), Symbol("]")),
        static (offset, items) => (ConditionNode)new ListNode(offset, [.. items]));

    private static readonly Parser<char, ConditionNode> Primary = OneOf(
        Rec(() => Or!).Between(Symbol("("), Symbol(")")),
        List,
        Spaced(String),
        Spaced(Number),
        NameOrCall).Labelled("a value");

    private static readonly Parser<char, ConditionNode> Member = Map(
        static (first, rest) => rest.Aggregate(first, static (target, next) => next(target)),
        Primary,
        Symbol(".").Then(At(
            Map(static (name, arguments) => (name, arguments), Spaced(Identifier).Labelled("a name"), Arguments.Optional()),
            static (offset, found) => new Func<ConditionNode, ConditionNode>(target => Select(offset, target, found.name, found.arguments))))
        .Many());

    private static readonly Parser<char, ConditionNode> Unary = Map(
        static (marks, operand) => Negate([.. marks], operand),
        Parser<char>.CurrentOffset.Before(Symbol("!")).Many(),
        Member);

    private static readonly Parser<char, ConditionNode> Sum = Chain(Unary, Symbol("+"));

    private static readonly Parser<char, ConditionNode> Relation = Chain(Sum, OneOf(
        Symbol("=="), Symbol("!="), Symbol("<="), Symbol(">="), Symbol("<"), Symbol(">"),
        Spaced(Try(String("in").Before(Not(LetterOrDigit.Or(Char('_'))))))).Labelled("an operator"));

    private static readonly Parser<char, ConditionNode> And = Logic(Relation, "&&");

    private static readonly Parser<char, ConditionNode> Or = Logic(And, "||");

    /// <summary>The syntax tree, or the first place where the text leaves the grammar.</summary>
    public static bool TryParse(string text, out ConditionNode? node, out ConditionFault fault)
    {
        (node, fault) = (null, default);
        if (text.Length > LengthMax)
        {
            fault = new(LengthMax, $"the condition has {text.Length} characters; at most {LengthMax} are allowed");
            return false;
        }

        if (TooDeep(text) is { } offset)
        {
            fault = new(offset, $"more than {DepthMax} brackets inside each other");
            return false;
        }

        var result = Whole.Parse(text);
        if (result.Success)
        {
            node = result.Value;
            return true;
        }

        fault = new(Math.Min(result.Error!.ErrorOffset, text.Length), Explain(text, result.Error));
        return false;
    }

    private static int? TooDeep(string text)
    {
        // Brackets in strings count as well: simple, and far from what a person writes.
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '(' or '[' && ++depth > DepthMax)
                return i;

            if (text[i] is ')' or ']')
                depth--;
        }

        return null;
    }

    private static string Explain(string text, ParseError<char> error)
    {
        var found = error.ErrorOffset < text.Length ? $"\"{text[error.ErrorOffset]}\"" : "the end";
        if (error.Message is { Length: > 0 } message)
            return message;

        var expected = error.Expected
            .Select(static e => e.Label ?? (e.IsEof ? "the end" : $"\"{string.Concat(e.Tokens)}\""))
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToArray();
        return expected.Length == 0 ? $"unexpected {found}" : $"unexpected {found}, expected {string.Join(" or ", expected)}";
    }

    // A long row of marks is at most two nodes deep.
    private static ConditionNode Negate(int[] marks, ConditionNode operand) => marks switch
    {
        [] => operand,
        [var only] => new NotNode(only, operand),
        [var first, ..] when marks.Length % 2 == 1 => new NotNode(first, operand),
        [var first, var second, ..] => new NotNode(first, new NotNode(second, operand)),
    };

    // A name after a dot: more of an attribute's name, or a method, whose brackets the checker misses when they are not there.
    private static ConditionNode Select(int offset, ConditionNode target, string name, Maybe<IEnumerable<ConditionNode>> arguments) =>
        (target, arguments.HasValue) switch
        {
            (NameNode prefix, false) => prefix with { Name = $"{prefix.Name}.{name}" },
            (_, false) => new CallNode(offset, name, IsMethod: true, [target]),
            (_, true) => new CallNode(offset, name, IsMethod: true, [target, .. arguments.Value]),
        };

    private static Parser<char, string> Quoted(char quote, bool raw) =>
        (raw ? AnyCharExcept(quote) : Escape.Or(AnyCharExcept(quote, '\\'))).ManyString().Between(Char(quote), Char(quote).Labelled("the closing quote"));

    private static Parser<char, T> Spaced<T>(Parser<char, T> parser) => parser.Before(SkipWhitespaces);

    private static Parser<char, string> Symbol(string symbol) => Spaced(Try(Parser.String(symbol)));

    private static Parser<char, ConditionNode> At<T>(Parser<char, T> parser, Func<int, T, ConditionNode> make) => Map(make, Parser<char>.CurrentOffset, parser);

    private static Parser<char, Func<ConditionNode, ConditionNode>> At<T>(Parser<char, T> parser, Func<int, T, Func<ConditionNode, ConditionNode>> make) =>
        Map(make, Parser<char>.CurrentOffset, parser);

    private static Parser<char, ConditionNode> Chain(Parser<char, ConditionNode> operand, Parser<char, string> mark) => Map(
        static (first, rest) => rest.Aggregate(first, static (left, next) => new BinaryNode(next.Offset, next.Mark, left, next.Right)),
        operand,
        Map(static (offset, mark, right) => (Offset: offset, Mark: mark, Right: right), Parser<char>.CurrentOffset, mark, operand).Many());

    private static Parser<char, ConditionNode> Logic(Parser<char, ConditionNode> operand, string mark) => At(
        operand.SeparatedAtLeastOnce(Symbol(mark)),
        (offset, operands) => operands.Take(2).Count() == 1 ? operands.First() : new LogicNode(offset, mark == "&&", [.. operands]));
}
