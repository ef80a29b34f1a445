using System.Collections.Frozen;
using System.Text;
using JitProxy.Policy.Sql.Syntax;

namespace JitProxy.Policy.Sql.Parsing.MySql;

/// <summary>Constants: strings with a character set, dates, numbers in other bases, <c>?</c>.</summary>
internal sealed class MySqlLiteralRules(MySqlGrammar grammar) : LiteralRules
{
    // Before a string these are part of it; any other word with an underscore is a column, and the string its label.
    private static readonly FrozenSet<string> CharacterSets = (
        "_armscii8 _ascii _big5 _binary _cp1250 _cp1251 _cp1256 _cp1257 _cp850 _cp852 _cp866 _cp932 _dec8 _eucjpms _euckr _gb18030 _gb2312 _gbk " +
        "_geostd8 _greek _hebrew _hp8 _keybcs2 _koi8r _koi8u _latin1 _latin2 _latin5 _latin7 _macce _macroman _sjis _swe7 _tis620 _ucs2 _ujis " +
        "_utf16 _utf16le _utf32 _utf8 _utf8mb3 _utf8mb4").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private readonly TokenCursor _cursor = grammar.Cursor;

    /// <inheritdoc/>
    public override bool IsStringAt(int ahead) => _cursor.KindAt(ahead) is TokenKind.String or TokenKind.NationalString;

    /// <summary>A string's value, with the strings right behind it, which are its continuation.</summary>
    public override string String()
    {
        var first = One();
        if (_cursor.Kind != TokenKind.String)
            return first;
        var value = new StringBuilder(first);
        while (_cursor.Kind == TokenKind.String)
            value.Append(One());
        return value.ToString();
    }

    /// <summary>One string's value.</summary>
    public string One()
    {
        if (!IsString())
        {
            _cursor.Fail("expected a string");
            return "";
        }

        var bytes = _cursor.CurrentBytes;
        var hasEscapes = (grammar.Modes & LexicalModes.NoBackslashEscapes) == 0;
        var value = MySqlText.Value(_cursor.Kind == TokenKind.NationalString ? bytes[1..] : bytes, hasEscapes);
        _cursor.Skip();
        return value;
    }

    /// <inheritdoc/>
    public override Expression? Optional()
    {
        switch (_cursor.Kind)
        {
            case TokenKind.Integer or TokenKind.Decimal:
                return Take(LiteralKind.Number);
            case TokenKind.BitString or TokenKind.HexString:
                return Take(LiteralKind.Bits);
            case TokenKind.String or TokenKind.NationalString:
                return new Literal(LiteralKind.String, String());
            case TokenKind.Parameter:
                var parameter = new ParameterReference(_cursor.ParameterNumber);
                _cursor.Skip();
                return parameter;
            case TokenKind.Word:
                return Worded();
            default:
                return null;
        }
    }

    private Literal? Worded()
    {
        switch (_cursor.Mark)
        {
            case "null":
                return Take(LiteralKind.Null);
            case "true" or "false":
                return Take(LiteralKind.Boolean);
            case "default" when _cursor.MarkAt(1) != "(":
                return Take(LiteralKind.Default);
            case "date" or "time" or "timestamp" when _cursor.KindAt(1) == TokenKind.String:
                _cursor.Skip();
                return new(LiteralKind.String, One());
            case { } word when word[0] == '_' && CharacterSets.Contains(word):
                return Introduced();
            default:
                return null;
        }
    }

    private Literal? Introduced()
    {
        switch (_cursor.KindAt(1))
        {
            case TokenKind.String:
                _cursor.Skip();
                return new(LiteralKind.String, String());
            case TokenKind.BitString or TokenKind.HexString:
                _cursor.Skip();
                return Take(LiteralKind.Bits);
            default:
                return null;
        }
    }

    private Literal Take(LiteralKind kind)
    {
        var text = _cursor.CurrentText();
        _cursor.Skip();
        return new(kind, text);
    }
}
