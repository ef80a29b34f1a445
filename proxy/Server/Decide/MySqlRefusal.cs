using System.Buffers;
using System.Text;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Decide;

/// <summary>
/// A refusal as MySQL clients get it: a number, an SQLSTATE and one text. There is no room beside it for detail and hint, and many clients cut
/// it off at 511 bytes; so the detail is shortened first, and the command to copy never.
/// </summary>
internal static class MySqlRefusal
{
    /// <summary>The longest text that every client shows whole, in bytes (MYSQL_ERRMSG_SIZE, less its NUL).</summary>
    public const int TextSizeMax = 511;

    private const string Cut = "...";

    /// <summary>Writes the refusal as an ERR packet.</summary>
    public static void Write(IBufferWriter<byte> output, ref byte sequence, Refusal refusal)
    {
        var (code, sqlState) = CodeOf(refusal.SqlState);
        MySqlError.Write(output, ref sequence, code, sqlState, TextOf(refusal));
    }

    /// <summary>Message, detail and hint in one.</summary>
    public static string TextOf(Refusal refusal)
    {
        var hint = refusal.Hint is null ? "" : ". " + refusal.Hint;
        var message = Fit(refusal.Message, TextSizeMax - Encoding.UTF8.GetByteCount(hint));
        var room = TextSizeMax - Encoding.UTF8.GetByteCount(message) - Encoding.UTF8.GetByteCount(hint) - 2;
        var detail = refusal.Detail is null || room <= Cut.Length ? "" : ": " + Fit(refusal.Detail, room);
        return message + detail + hint;
    }

    /// <summary>The number and the SQLSTATE that MySQL has for one of PostgreSQL's codes.</summary>
    public static (ushort Code, string SqlState) CodeOf(string sqlState) => sqlState switch
    {
        Refusal.InsufficientPrivilege => (1142, "42000"), // ER_TABLEACCESS_DENIED_ERROR
        "42601" => (1064, "42000"), // ER_PARSE_ERROR
        "0A000" => (1235, "42000"), // ER_NOT_SUPPORTED_YET
        "08P01" => (1835, "HY000"), // ER_MALFORMED_PACKET
        "22023" => (1231, "42000"), // ER_WRONG_VALUE_FOR_VAR
        "26000" => (1243, "HY000"), // ER_UNKNOWN_STMT_HANDLER
        "34000" => (1421, "HY000"), // ER_STMT_HAS_NO_OPEN_CURSOR
        "3D000" => (1049, "42000"), // ER_BAD_DB_ERROR
        "28000" => (1045, "28000"), // ER_ACCESS_DENIED_ERROR
        "53300" => (1040, "08004"), // ER_CON_COUNT_ERROR
        "53400" => (1461, "42000"), // ER_MAX_PREPARED_STMT_COUNT_REACHED
        "54000" => (1104, "42000"), // ER_TOO_BIG_SELECT
        "55000" => (1412, "HY000"), // ER_TABLE_DEF_CHANGED
        "58030" => (1026, "HY000"), // ER_ERROR_ON_WRITE
        "57014" => (1317, "70100"), // ER_QUERY_INTERRUPTED
        "57P01" => (1053, "08S01"), // ER_SERVER_SHUTDOWN
        "08006" => (1080, "08S01"), // ER_FORCING_CLOSE
        "08004" => (1105, "08004"),
        _ => (1105, "HY000"), // ER_UNKNOWN_ERROR
    };

    private static string Fit(string text, int sizeMax)
    {
        if (Encoding.UTF8.GetByteCount(text) <= sizeMax)
            return text;

        // A character has three bytes at most, and half of a pair never stays alone.
        var length = text.Length;
        while (length > 0 && (Encoding.UTF8.GetByteCount(text.AsSpan(0, length)) > sizeMax - Cut.Length || char.IsHighSurrogate(text[length - 1])))
            length--;

        return string.Concat(text.AsSpan(0, length), Cut);
    }
}
