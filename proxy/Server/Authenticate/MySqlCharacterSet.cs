namespace JitProxy.Server.Authenticate;

/// <summary>The character sets that a client may ask for in its login, by the numbers of their collations.</summary>
/// <remarks>
/// https://dev.mysql.com/doc/refman/8.4/en/charset-charsets.html. In several multi-byte sets (Big5, GBK, Shift-JIS, GB18030) a byte inside a character
/// can be a quote or a backslash: the same bytes are other statements. Only sets that read ASCII as ASCII are taken, and statements go
/// upstream as UTF-8.
/// </remarks>
internal static class MySqlCharacterSet
{
    /// <summary>utf8mb4_general_ci, which every server has: what upstreams are asked for.</summary>
    public const byte Utf8 = 45;

    private static readonly (int First, int Last)[] Utf8Collations =
        [(33, 33), (45, 46), (76, 76), (83, 83), (192, 215), (223, 247), (255, 255)];

    // latin, cyrillic, greek, hebrew, arabic, thai and code page sets, ascii and binary; not swe7, whose brackets are letters.
    private static readonly byte[] SingleByteCollations =
    [
        2, 3, 4, 5, 6, 7, 8, 9, 11, 14, 15, 16, 18, 20, 21, 22, 23, 25, 26, 27, 29, 30, 31, 32, 34, 36, 37, 38, 39, 40, 41, 42, 43, 44, 47, 48, 49, 50,
        51, 52, 53, 57, 58, 59, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 77, 78, 79, 80, 81, 89, 92, 93, 94, 99,
    ];

    /// <summary>Whether a collation is one of UTF-8.</summary>
    public static bool IsUtf8(int collation) => Utf8Collations.Any(range => collation >= range.First && collation <= range.Last);

    /// <summary>Whether a client may ask for a collation: UTF-8, or one byte for each character and ASCII among them.</summary>
    public static bool IsAllowed(int collation) => IsUtf8(collation) || (collation <= byte.MaxValue && SingleByteCollations.Contains((byte)collation));
}
