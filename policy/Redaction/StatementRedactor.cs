// Task: the text of a statement without the values in it, for records. What is a literal the server's own lexical rules say, not a pattern.
using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Redaction;

/// <summary>Takes the literals out of statements.</summary>
public static class StatementRedactor
{
    /// <summary>What stands for the whole of a text whose literals cannot be found.</summary>
    public const string Unreadable = "(left out: its literals cannot be told)";

    // Half of a SHA-256: enough to tell equal values, short enough to read.
    private const int HashSize = 16;

    /// <summary>The text with each literal replaced, without its comments (which may say anything), and otherwise as written.</summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="dialect">Its language; the modes are those that the proxy pins.</param>
    /// <param name="kept">What is kept of a literal: <c>?</c> stands for one that is left out, <c>{hmac:...}</c> for its HMAC-SHA-256, cut to 16 bytes.</param>
    /// <param name="key">The key of the hash.</param>
    /// <param name="hasKnownNames">
    /// True if every name in it is known to be one. Otherwise, on PostgreSQL, names in double quotes count as literals: people write values so by mistake.
    /// </param>
    public static byte[] Redact(ReadOnlySpan<byte> text, SqlDialect dialect, KeptAs kept, ReadOnlySpan<byte> key, bool hasKnownNames)
    {
        if (kept == KeptAs.Clear || text.IsEmpty)
            return text.ToArray();

        var output = new ArrayBufferWriter<byte>(text.Length);
        var end = 0;
        if (dialect == SqlDialect.PostgreSql)
        {
            var lexer = new PostgresLexer(text);
            while (lexer.TryNext(out var token))
                Write(output, text, token, IsLiteral(token.Kind) || (!hasKnownNames && IsQuotedName(token.Kind)) ? kept : KeptAs.Clear, key, ref end);

            return Whole(output, lexer.Fault);
        }

        var other = new MySqlLexer(text, LexicalModes.None);
        while (other.TryNext(out var token))
            Write(output, text, token, IsLiteral(token.Kind) ? kept : KeptAs.Clear, key, ref end);

        return Whole(output, other.Fault);
    }

    // A text of comments alone has nothing that may be kept.
    private static byte[] Whole(ArrayBufferWriter<byte> output, TextFault fault) =>
        fault == TextFault.None && output.WrittenCount > 0 ? output.WrittenSpan.ToArray() : Encoding.UTF8.GetBytes(Unreadable);

    private static void Write(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> text, Token token, KeptAs kept, ReadOnlySpan<byte> key, ref int end)
    {
        // What lies between two tokens is blanks, or a comment.
        var between = text[end..token.Start];
        end = token.End;
        if (IsBlank(between))
            output.Write(between);
        else
            output.Write(" "u8);

        var written = text.Slice(token.Start, token.Length);
        if (kept == KeptAs.Clear)
            output.Write(written);
        else if (kept == KeptAs.Hash)
            output.Write(Encoding.ASCII.GetBytes($"{{hmac:{Convert.ToHexStringLower(HMACSHA256.HashData(key, written).AsSpan(0, HashSize))}}}"));
        else
            output.Write("?"u8);
    }

    private static bool IsBlank(ReadOnlySpan<byte> between)
    {
        foreach (var letter in between)
        {
            if (letter is not ((byte)' ' or (>= 9 and <= 13)))
                return false;
        }

        return true;
    }

    private static bool IsQuotedName(TokenKind kind) => kind is TokenKind.QuotedName or TokenKind.UnicodeName;

    // A kind that is not known here is a value.
    private static bool IsLiteral(TokenKind kind) => kind is not (TokenKind.Word or TokenKind.QuotedName or TokenKind.UnicodeName or TokenKind.Parameter
        or TokenKind.Operator or TokenKind.Punctuation or TokenKind.Name or TokenKind.UserVariable or TokenKind.CallOpening);
}
