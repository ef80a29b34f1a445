using JitProxy.Policy.Sql;

namespace JitProxy.Policy.Grants;

/// <summary>Why a statement is refused, and the grant that comes closest.</summary>
/// <remarks>The search for a near miss reads other statements, so it waits until somebody asks. For one thread at a time.</remarks>
public sealed class Objection
{
    // Longer statements are not worth the time that a refusal would take.
    private const int TextLengthMax = 64 * 1024;

    private readonly DateTimeOffset _now;
    private GrantBook _book;
    private StatementPlea _plea;
    private bool _isSearched;
    private DenyReason _reason;
    private Grant? _grant;
    private TokenDifference? _difference;

    private Objection(DenyReason reason, Grant? grant, in StatementPlea plea, GrantBook book, DateTimeOffset now, bool isSearched) =>
        (_reason, _grant, _plea, _book, _now, _isSearched) = (reason, grant, plea, book, now, isSearched);

    /// <summary>Why.</summary>
    public DenyReason Reason
    {
        get
        {
            Search();
            return _reason;
        }
    }

    /// <summary>The grant that the reason speaks of: the one that holds the statement but does not allow it now, or the one that is close.</summary>
    public Grant? Grant
    {
        get
        {
            Search();
            return _grant;
        }
    }

    /// <summary>Where the statement leaves <see cref="Grant"/>'s; null unless it does.</summary>
    public TokenDifference? Difference
    {
        get
        {
            Search();
            return _difference;
        }
    }

    internal static Objection Undecided { get; } = new(DenyReason.Unspecified, null, default, GrantBook.Empty, default, isSearched: true);

    /// <summary>A grant holds the statement, and this is why it does not help.</summary>
    internal static Objection Of(DenyReason reason, Grant grant) => new(reason, grant, default, GrantBook.Empty, default, isSearched: true);

    /// <summary>No grant holds the statement; perhaps one is close.</summary>
    internal static Objection NoGrant(in StatementPlea plea, GrantBook book, DateTimeOffset now) =>
        new(DenyReason.NoGrant, null, plea, book, now, isSearched: false);

    /// <summary>The session asks for a grant that does not hold the statement; null if it is not this user's, whom it is none of the business of.</summary>
    internal static Objection NotApplicable(Grant? asked, in StatementPlea plea)
    {
        var objection = new Objection(DenyReason.GrantNotApplicable, asked, plea, GrantBook.Empty, default, isSearched: true);
        if (asked is not null)
            objection._difference = Compare(asked, plea);

        return objection;
    }

    private void Search()
    {
        if (_isSearched)
            return;

        _isSearched = true;
        foreach (var grant in _book.Nearby(_plea.User, _plea.Database))
        {
            if (Standing.FindObjection(grant, _now) is not null || !string.Equals(grant.Schema, _plea.Schema, StringComparison.Ordinal))
                continue;
            if (Compare(grant, _plea) is not { } difference || (_difference is { } best && best.Distance <= difference.Distance))
                continue;

            (_reason, _grant, _difference) = (DenyReason.StatementDiffers, grant, difference);
        }

        // Sessions keep refusals; what this one was found in need not stay for it.
        (_plea, _book) = (default, GrantBook.Empty);
    }

    private static TokenDifference? Compare(Grant grant, in StatementPlea plea) =>
        grant.Kind == GrantKind.Statement && grant.Statement!.Length <= TextLengthMax && GrantBook.TryRead(grant, out var form)
            ? NearMiss.Find(form, plea.Form)
            : null;
}
