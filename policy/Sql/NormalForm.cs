using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JitProxy.Policy.Sql;

/// <summary>
/// What a statement says, apart from blanks, comments and the case of words: the tokens that its server would see. Two texts with the same normal
/// form have the same parse tree on the server. Immutable.
/// </summary>
public sealed class NormalForm
{
    private const int ScratchSize = 1024;

    private readonly byte[] _canonical;

    private NormalForm(SqlDialect dialect, LexicalModes modes, byte[] canonical, int tokenCount)
    {
        Dialect = dialect;
        Modes = modes;
        _canonical = canonical;
        TokenCount = tokenCount;
    }

    /// <summary>The language whose lexical rules cut the text.</summary>
    public SqlDialect Dialect { get; }

    /// <summary>The session's modes that it was read with; none for PostgreSQL.</summary>
    public LexicalModes Modes { get; }

    /// <summary>The tokens as bytes, unambiguous: texts of one dialect and of the same modes mean the same exactly if these are equal.</summary>
    public ReadOnlySpan<byte> Canonical => _canonical;

    /// <summary>Number of tokens; optimizer hints count.</summary>
    public int TokenCount { get; }

    /// <summary>True if the text has nothing but blanks, comments and semicolons.</summary>
    public bool IsEmpty
    {
        get
        {
            foreach (var token in new CanonicalReader(_canonical))
            {
                if (token.Kind != TokenKind.Hint)
                    return false;
            }

            return true;
        }
    }

    /// <summary>
    /// Reads a text, in the modes that the proxy pins. False with a fault and its offset in bytes if it cannot be read: such a text is refused.
    /// </summary>
    public static bool TryCreate(
        ReadOnlySpan<byte> text, SqlDialect dialect, [NotNullWhen(true)] out NormalForm? form, out TextFault fault, out int faultOffset) =>
        TryCreate(text, dialect, LexicalModes.None, out form, out fault, out faultOffset);

    /// <summary>Reads a text. False with a fault and its offset in bytes if it cannot be read: such a text is refused.</summary>
    public static bool TryCreate(
        ReadOnlySpan<byte> text,
        SqlDialect dialect,
        LexicalModes modes,
        [NotNullWhen(true)] out NormalForm? form,
        out TextFault fault,
        out int faultOffset)
    {
        form = null;
        var writer = new CanonicalWriter(stackalloc byte[ScratchSize]);
        try
        {
            if (!TryWrite(text, dialect, modes, ref writer, out fault, out faultOffset))
                return false;

            form = new(dialect, dialect == SqlDialect.PostgreSql ? LexicalModes.None : modes, writer.Written.ToArray(), writer.TokenCount);
            return true;
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>The canonical text of one token, for people.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no token of this number.</exception>
    public string TokenAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var reader = new CanonicalReader(_canonical);
        for (var i = 0; reader.MoveNext(); i++)
        {
            if (i == index)
                return Encoding.UTF8.GetString(reader.Text);
        }

        throw new ArgumentOutOfRangeException(nameof(index));
    }

    /// <summary>The normal form as SQL for people, on one line unless a literal has several. Read again, it has this normal form.</summary>
    public override string ToString() => StatementText.Join(this);

    private static bool TryWrite(
        ReadOnlySpan<byte> text, SqlDialect dialect, LexicalModes modes, ref CanonicalWriter writer, out TextFault fault, out int faultOffset)
    {
        switch (dialect)
        {
            case SqlDialect.PostgreSql:
                return PostgresNormalizer.TryWrite(text, ref writer, out fault, out faultOffset);
            case SqlDialect.MySql or SqlDialect.MariaDb:
                return MySqlNormalizer.TryWrite(text, modes, ref writer, out fault, out faultOffset);
            default:
                (fault, faultOffset) = (TextFault.DialectNotSupported, 0);
                return false;
        }
    }
}
