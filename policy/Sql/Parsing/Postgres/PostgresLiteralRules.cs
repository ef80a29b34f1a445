using System.Globalization;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.Postgres;

/// <summary>Constants and parameters.</summary>
internal sealed class PostgresLiteralRules(PostgresGrammar grammar) : LiteralRules
{
    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override bool IsStringAt(int ahead) =>
        _cursor.KindAt(ahead) is TokenKind.String or TokenKind.EscapeString or TokenKind.UnicodeString or TokenKind.DollarString;

    /// <inheritdoc/>
    public override Expression? Optional()
    {
        switch (_cursor.Kind)
        {
            case TokenKind.Integer or TokenKind.Decimal:
                return Take(LiteralKind.Number, _cursor.CurrentText());
            case TokenKind.BitString or TokenKind.HexString:
                return Take(LiteralKind.Bits, _cursor.CurrentText());
            case TokenKind.NationalString:
                return new Cast(Take(LiteralKind.String, TokenText.PlainString(_cursor.CurrentBytes[1..]) ?? ""), new(new(["bpchar"]), "bpchar", false));
            case TokenKind.String or TokenKind.EscapeString or TokenKind.UnicodeString or TokenKind.DollarString:
                return new Literal(LiteralKind.String, String());
            case TokenKind.Parameter:
                return Parameter();
            default:
                return _cursor.Mark switch
                {
                    "null" => Take(LiteralKind.Null, "null"),
                    "true" or "false" => Take(LiteralKind.Boolean, _cursor.Mark!),
                    "default" => Take(LiteralKind.Default, "default"),
                    _ => null,
                };
        }
    }

    /// <inheritdoc/>
    /// <remarks>An escape string that holds a backslash is given as written: nobody compares those.</remarks>
    public override string String()
    {
        var bytes = _cursor.CurrentBytes;
        switch (_cursor.Kind)
        {
            case TokenKind.String:
                return Value(TokenText.PlainString(bytes));
            case TokenKind.EscapeString:
                return Value(bytes.Contains((byte)'\\') ? TokenText.Decode(bytes) : TokenText.PlainString(bytes[1..]));
            case TokenKind.DollarString:
                return Value(TokenText.DollarString(bytes));
            case TokenKind.UnicodeString:
                var body = TokenText.PlainString(bytes[2..]) ?? "";
                _cursor.Skip();
                return TokenText.Unescape(body, OptionalEscape()) ?? body;
            default:
                _cursor.Fail("expected a string");
                return "";
        }
    }

    /// <summary>The character after UESCAPE, or the backslash.</summary>
    public char OptionalEscape()
    {
        if (!_cursor.Is("uescape") || _cursor.KindAt(1) != TokenKind.String)
            return '\\';
        _cursor.Skip();
        var escape = String();
        if (escape.Length == 1)
            return escape[0];
        _cursor.Fail("bad UESCAPE");
        return '\\';
    }

    private string Value(string? value)
    {
        if (value is null)
            _cursor.Fail("unreadable string");
        else
            _cursor.Skip();
        return value ?? "";
    }

    private Literal Take(LiteralKind kind, string text)
    {
        _cursor.Skip();
        return new(kind, text);
    }

    private ParameterReference Parameter()
    {
        if (!int.TryParse(TokenText.Decode(_cursor.CurrentBytes[1..]), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            _cursor.Fail("bad parameter");
        _cursor.Skip();
        return new(number);
    }
}
