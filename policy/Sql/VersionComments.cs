using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace JitProxy.Policy.Sql;

/// <summary>
/// Executable comments of MySQL and MariaDB, <c>/*!50002 FULL */</c> and <c>/*M!100100 ... */</c>, which a server runs or skips by its version. Tools write
/// them into what they send by themselves. They are resolved here, as the server would, so that a text without them is judged, and that text runs:
/// a mistake about the version changes what is judged and what runs alike.
/// </summary>
/// <remarks>For housekeeping only. The text of a grant is what its approver read, and holds none.</remarks>
public static class VersionComments
{
    /// <summary>The most that one text may have; tools write one or two.</summary>
    public const int CountMax = 16;

    // MariaDB parted from MySQL at 5.7 and skips what is for later versions of MySQL, up to where its own numbers begin.
    private const int MySqlOnlyFrom = 50700;
    private const int MySqlOnlyTo = 99999;

    /// <summary>
    /// Gives the text that the catalogue's server would read. False if the text cannot be read for another reason, if the comments are of a form
    /// that tools do not write, or if the server's version is not known.
    /// </summary>
    /// <param name="text">The statement, UTF-8.</param>
    /// <param name="catalogue">Of the server that would run it.</param>
    /// <param name="plain">The text without such comments, as long as the one with them.</param>
    public static bool TryResolve(ReadOnlySpan<byte> text, Catalogue catalogue, [NotNullWhen(true)] out byte[]? plain)
    {
        plain = null;
        if (catalogue.Dialect == SqlDialect.PostgreSql || text.Length > Housekeeping.TextSizeMax || !TryNumber(catalogue.Server.Version, out var version))
            return false;

        var resolved = text.ToArray();
        for (var count = 0; count <= CountMax; count++)
        {
            var lexer = new MySqlLexer(resolved, LexicalModes.None);
            while (lexer.TryNext(out _))
            {
            }

            if (lexer.Fault == TextFault.None)
            {
                plain = resolved;
                return true;
            }

            if (lexer.Fault != TextFault.ExecutableComment || !TryResolveOne(resolved.AsSpan(lexer.FaultOffset), catalogue.Dialect, version))
                return false;
        }

        return false;
    }

    // Blanks take the place of what is not read, so that no two tokens become one.
    private static bool TryResolveOne(Span<byte> rest, SqlDialect dialect, int version)
    {
        var isMariaDbOnly = rest[2] == 'M';
        var numberAt = isMariaDbOnly ? 4 : 3;
        var end = rest.IndexOf("*/"u8);
        if (end < numberAt)
            return false;

        var body = rest[numberAt..end];
        var digits = body.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        digits = digits < 0 ? body.Length : digits;

        // Versions of the servers differ in how many digits they take, and in what they make of a comment inside of one.
        var hasNumber = digits is 0 or 5 or 6 && digits < body.Length && MySqlCharacters.IsBlank(body[digits]);
        if (!hasNumber || body.IndexOf("/*"u8) >= 0 || body.IndexOf("--"u8) >= 0 || body.Contains((byte)'#'))
            return false;

        var least = digits == 0 ? 0 : int.Parse(body[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        var isForMySql = least is >= MySqlOnlyFrom and <= MySqlOnlyTo;
        var isRead = least <= version && (dialect == SqlDialect.MariaDb ? isMariaDbOnly || !isForMySql : !isMariaDbOnly);
        if (isRead)
        {
            rest[..(numberAt + digits)].Fill((byte)' ');
            rest.Slice(end, 2).Fill((byte)' ');
        }
        else
        {
            rest[..(end + 2)].Fill((byte)' ');
        }

        return true;
    }

    // 10.11.19-MariaDB is 101119, 9.7.4 is 90704. Of MariaDB's there may be an old number in front, for clients that know of no other.
    private static bool TryNumber(string printed, out int number)
    {
        number = 0;
        const string Mark = "5.5.5-";
        var parts = (printed.StartsWith(Mark, StringComparison.Ordinal) ? printed[Mark.Length..] : printed).Split('-')[0].Split('.');
        if (parts.Length < 3)
            return false;

        foreach (var part in parts[..3])
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value > 99)
                return false;

            number = (number * 100) + value;
        }

        return true;
    }
}
