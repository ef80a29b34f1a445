namespace JitProxy.Policy.Masking;

/// <summary>How a value is hidden. The order of the members is the order of strictness, strictest first; see <see cref="MaskAlgorithm.Stricter"/>.</summary>
public enum MaskKind : byte
{
    /// <summary>The value becomes SQL NULL. Also the default, so that a forgotten assignment hides all.</summary>
    Null = 0,

    /// <summary>A text becomes a fixed text; a value of another type becomes NULL.</summary>
    Full,

    /// <summary>A text becomes the HMAC-SHA-256 of it under the policy's key, in hexadecimal.</summary>
    Hash,

    /// <summary>A text becomes the MD5 of the policy's salt and it, in hexadecimal.</summary>
    Md5,

    /// <summary>Ranges of a text's characters are replaced.</summary>
    Range,

    /// <summary>The inner or the outer characters of a text are replaced.</summary>
    InnerOuter,

    /// <summary>A date or timestamp is cut down to a unit.</summary>
    DateTrunc,

    /// <summary>A number is rounded to a multiple of a step.</summary>
    Round,
}

/// <summary>Which characters <see cref="MaskKind.InnerOuter"/> replaces.</summary>
public enum MaskSide : byte
{
    /// <summary>Those between prefix and suffix.</summary>
    Inner = 0,

    /// <summary>Prefix and suffix.</summary>
    Outer,
}

/// <summary>What <see cref="MaskKind.DateTrunc"/> cuts down to.</summary>
public enum DateUnit : byte
{
    /// <summary>1 January of the century's first year (2001, 1901).</summary>
    Century = 0,

    /// <summary>1 January of a year that ends in 0.</summary>
    Decade,

    /// <summary>1 January.</summary>
    Year,

    /// <summary>The first day of January, April, July or October.</summary>
    Quarter,

    /// <summary>The first day of the month.</summary>
    Month,

    /// <summary>Monday of the week.</summary>
    Week,

    /// <summary>Midnight; hides nothing of a date, which becomes NULL.</summary>
    Day,

    /// <summary>The full hour; hides nothing of a date, which becomes NULL.</summary>
    Hour,
}
