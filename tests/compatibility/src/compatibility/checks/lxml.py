"""XPath, XSLT, a schema, HTML"""

DISTRIBUTIONS = ['lxml']

STYLE = b"""
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template match="/list"><out><xsl:apply-templates select="item"/></out></xsl:template>
  <xsl:template match="item"><b><xsl:value-of select="@name"/></b></xsl:template>
</xsl:stylesheet>
"""
SCHEMA = b"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="list"><xs:complexType><xs:sequence>
    <xs:element name="item" maxOccurs="2">
      <xs:complexType><xs:attribute name="name"/></xs:complexType>
    </xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
"""


def check():
    from lxml import etree, html, isoschematron, objectify

    tree = etree.fromstring('<list><item name="a"/><item name="b"/></list>')
    assert tree.xpath('string(//item[2]/@name)') == 'b'
    styled = str(etree.XSLT(etree.fromstring(STYLE))(tree))
    schema = etree.XMLSchema(etree.fromstring(SCHEMA))
    assert schema.validate(tree)
    etree.SubElement(tree, 'item')
    assert not schema.validate(tree)
    page = html.fromstring('<p>one<a href=x>two<p>three')
    assert isoschematron.Schematron is not None
    links = [link for _, _, link, _ in page.iterlinks()]
    return [
        styled,
        html.tostring(page).decode(),
        links,
        objectify.fromstring('<a><b>3</b></a>').b + 1,
    ]
